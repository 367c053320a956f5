//! The files that AWS tools share, read for one profile.
//!
//!     [default]                        in the file of credentials
//!     aws_access_key_id = …
//!     aws_secret_access_key = …        # what follows " #" or " ;" is a comment
//!
//!     [profile other]                  in the file of settings, where only "default" may do
//!     region = eu-west-1               without the word before it
//!     s3 =
//!       max_queue_size = 10            what is indented belongs to the line above; it is not ours
//!
//! Must hold: no error quotes a value.
//! Not here: where the files are (`shared_files.rs`).

use std::collections::HashMap;

/// Which of the two files a text is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Credentials,
    Config,
}

/// What files say of one profile; what was said first holds.
#[derive(Default)]
pub(super) struct Profile(HashMap<String, String>);

impl Profile {
    /// Takes what a file says of the profile; whether it says anything.
    pub(super) fn add(&mut self, text: &str, kind: Kind, name: &str) -> bool {
        let mut is_there = false;
        // The heading with the word before it is the stronger one.
        for heading in kind.headings(name) {
            let mut is_ours = false;
            for line in text.lines() {
                if let Some(inside) = section(line) {
                    is_ours = words(inside).eq(words(&heading));
                    is_there |= is_ours;
                } else if is_ours && let Some((name, value)) = setting(line) {
                    self.0.entry(name).or_insert(value);
                }
            }
        }
        is_there
    }

    /// A setting that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl Kind {
    fn headings(self, name: &str) -> Vec<String> {
        match self {
            Self::Credentials => vec![name.to_owned()],
            Self::Config if name == DEFAULT => vec![format!("profile {name}"), name.to_owned()],
            Self::Config => vec![format!("profile {name}")],
        }
    }
}

/// What is between the brackets of a heading.
fn section(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.split_once(']').map(|(inside, _)| inside)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

fn setting(line: &str) -> Option<(String, String)> {
    if line.starts_with([' ', '\t', '#', ';']) {
        return None;
    }
    let (name, value) = line.split_once('=')?;
    let end = [" #", " ;", "\t#", "\t;"].into_iter().filter_map(|mark| value.find(mark)).min();
    let value = &value[..end.unwrap_or(value.len())];
    Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

/// The profile of those who name none.
pub(super) const DEFAULT: &str = "default";

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, kind: Kind, name: &str) -> Option<Profile> {
        let mut profile = Profile::default();
        profile.add(text, kind, name).then_some(profile)
    }

    #[test]
    fn a_profile_is_what_is_below_its_heading() {
        let text = "# a comment\n[one]\nAws_Access_Key_Id=id\n ; another\n\
                    aws_secret_access_key = a=b#c # not this\naws_session_token =\n\
                    [two]\naws_access_key_id = other\n[one]\nregion\t= r\naws_access_key_id = late\n";

        let profile = of(text, Kind::Credentials, "one").expect("it is there");

        assert_eq!(profile.get("aws_access_key_id"), Some("id"));
        assert_eq!(profile.get("aws_secret_access_key"), Some("a=b#c"));
        assert_eq!(profile.get("aws_session_token"), None);
        assert_eq!(profile.get("region"), Some("r"));
    }

    #[test]
    fn settings_name_profiles_by_a_word_but_for_the_default() {
        let text = "[default]\nregion = plain\noutput = json\n[ profile\tdefault ] # this\n\
                    region = marked\n[other]\nregion = none\n[profile other]\nregion = o\n";
        let region =
            |name| of(text, Kind::Config, name).map(|found| found.get("region").map(str::to_owned));

        assert_eq!(region("default"), Some(Some("marked".to_owned())));
        assert_eq!(region("other"), Some(Some("o".to_owned())));
        assert_eq!(region("profile other"), None);
        let default = of(text, Kind::Config, "default").expect("it is there");
        assert_eq!(default.get("output"), Some("json"));
    }

    #[test]
    fn what_is_indented_belongs_to_the_line_above() {
        let text = "[default]\ns3 =\n  region = nested\n\tregion = nested\nregion = r\n";

        let profile = of(text, Kind::Config, "default").expect("it is there");

        assert_eq!((profile.get("region"), profile.get("s3")), (Some("r"), None));
    }

    #[test]
    fn what_is_no_setting_is_passed_over() {
        for text in ["", "[default", "aws_access_key_id = id", "]\n[]\n[other]\nx = y", "[défaut]"]
        {
            assert!(of(text, Kind::Credentials, "default").is_none(), "{text}");
        }
        let profile = of("[default]\nno setting\n= x\n", Kind::Config, "default");
        assert_eq!(profile.expect("it is there").get("no setting"), None);
    }
}
