//! Credentials and region of a profile in the files that AWS tools share.
//!
//! Must hold: what the credentials file says goes before the settings; a profile that would need
//! another program or service is refused with a sentence, never passed over.
//! Not here: the files' form (`profile.rs`), when they are read again (`keeper.rs`).

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::Credentials;
use super::environment::{self as variables, Environment};
use super::profile::{DEFAULT, Kind, Profile};

/// Where they are, and which profile is ours.
#[derive(Debug)]
pub(in crate::engine::upstream::client) struct SharedFiles {
    credentials: Option<PathBuf>,
    config: Option<PathBuf>,
    profile: String,
    /// As they were when they were read last.
    read: Mutex<Option<Stamps>>,
}

/// When each file was changed last, and its size; none of a file that is not there.
type Stamps = [Option<(SystemTime, u64)>; 2];

impl SharedFiles {
    /// As the environment says, with the profile that is given.
    pub(in crate::engine::upstream::client) fn of(
        environment: &Environment,
        profile: Option<&str>,
    ) -> Self {
        let place = |variable, file| {
            let named = environment.get(variable).map(PathBuf::from);
            named.or_else(|| {
                Some(Path::new(environment.get(variables::HOME)?).join(".aws").join(file))
            })
        };
        let profile = profile.or_else(|| environment.get(variables::PROFILE)).unwrap_or(DEFAULT);
        Self {
            credentials: place(variables::CREDENTIALS_FILE, "credentials"),
            config: place(variables::CONFIG_FILE, "config"),
            profile: profile.to_owned(),
            read: Mutex::default(),
        }
    }

    /// The credentials of the profile; an error is a sentence. May block.
    pub(super) fn load(&self) -> Result<Credentials, String> {
        let stamps = self.stamps();
        let profile = self.profile()?;
        let found = self.of_profile(&profile)?;
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(stamps);
        Ok(found)
    }

    /// The region of the profile, if the files are there and say one. May block.
    pub(in crate::engine::upstream::client) fn region(&self) -> Option<String> {
        self.profile().ok()?.get("region").map(str::to_owned)
    }

    /// Whether a file is another than that which was read. May block.
    pub(super) fn has_changed(&self) -> bool {
        let stamps = self.stamps();
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) != Some(stamps)
    }

    fn stamps(&self) -> Stamps {
        [&self.credentials, &self.config].map(|path| {
            let metadata = fs::metadata(path.as_ref()?).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }

    fn profile(&self) -> Result<Profile, String> {
        let mut profile = Profile::default();
        let mut is_there = false;
        for (path, kind) in [(&self.credentials, Kind::Credentials), (&self.config, Kind::Config)] {
            let Some(path) = path else { continue };
            if let Some(text) = read(path)? {
                is_there |= profile.add(&text, kind, &self.profile);
            }
        }
        if is_there {
            Ok(profile)
        } else {
            Err(format!("there is no profile {:?} in {}", self.profile, self.places()))
        }
    }

    fn of_profile(&self, profile: &Profile) -> Result<Credentials, String> {
        let id = profile.get("aws_access_key_id");
        let secret = profile.get("aws_secret_access_key");
        let named = format!("profile {:?} of {}", self.profile, self.places());
        let beyond = BEYOND.into_iter().find(|name| profile.get(name).is_some());
        match (id, secret, beyond) {
            (_, _, Some(name @ "role_arn")) | (None, None, Some(name)) => Err(format!(
                "{named} has {name}, which hearth does not follow: give hearth credentials of its \
                 own, or those that `aws configure export-credentials` shows"
            )),
            (Some(id), Some(secret), _) => {
                let token = profile.get("aws_session_token").map(str::to_owned);
                Ok(Credentials::new(id, secret, token))
            }
            (Some(_), None, _) => {
                Err(format!("{named} has an aws_access_key_id without an aws_secret_access_key"))
            }
            (None, Some(_), _) => {
                Err(format!("{named} has an aws_secret_access_key without an aws_access_key_id"))
            }
            (None, None, None) => Err(format!("{named} has no credentials")),
        }
    }

    /// For sentences.
    fn places(&self) -> String {
        let paths: Vec<String> = [&self.credentials, &self.config]
            .into_iter()
            .flatten()
            .map(|path| path.display().to_string())
            .collect();
        if paths.is_empty() { "any file".to_owned() } else { paths.join(" and ") }
    }
}

/// The text of a file; none if it is not there.
fn read(path: &Path) -> Result<Option<String>, String> {
    let failed = |error: io::Error| format!("{} cannot be read: {error}", path.display());
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(Some(text))
}

/// What leads away from the files, to a program or to another service.
const BEYOND: [&str; 7] = [
    "role_arn",
    "credential_process",
    "credential_source",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
    "login_session",
];
const FILE_BYTES_MAX: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// Files with these texts, and the variables that name them.
    fn files(credentials: &str, config: &str) -> (tempfile::TempDir, Environment) {
        let dir = tempfile::tempdir().expect("room for files");
        let aws = dir.path().join(".aws");
        fs::create_dir(&aws).expect("the directory is ours");
        fs::write(aws.join("credentials"), credentials).expect("the directory is ours");
        fs::write(aws.join("config"), config).expect("the directory is ours");
        let environment = Environment::of([("HOME".into(), dir.path().into())]);
        (dir, environment)
    }

    const KEYS: &str = "[default]\naws_access_key_id = d\naws_secret_access_key = geheim\n\
                        [work]\naws_access_key_id = w\naws_secret_access_key = geheim\n\
                        aws_session_token = t\n";

    #[test]
    fn a_profile_has_its_keys_in_one_file_and_its_region_in_the_other() {
        let (_dir, environment) = files(KEYS, "[profile work]\nregion = eu-west-1\n");
        let default = SharedFiles::of(&environment, None);
        let work = SharedFiles::of(&environment, Some("work"));

        let loaded = work.load().expect("it is there");

        assert_eq!(loaded, Credentials::new("w", "geheim", Some("t".to_owned())));
        assert_eq!(work.region().as_deref(), Some("eu-west-1"));
        assert_eq!(default.load().expect("it is there").access_key_id(), "d");
        assert_eq!(default.region(), None);
    }

    #[test]
    fn the_environment_names_files_and_profile() {
        let (dir, _) = files(KEYS, "");
        let file = dir.path().join(".aws/credentials");
        let environment = Environment::of([
            ("AWS_SHARED_CREDENTIALS_FILE".into(), file.into()),
            ("AWS_CONFIG_FILE".into(), dir.path().join("none").into()),
            ("AWS_PROFILE".into(), "work".into()),
        ]);

        let loaded = SharedFiles::of(&environment, None).load();

        assert_eq!(loaded.expect("it is there").access_key_id(), "w");
    }

    #[test]
    fn keys_may_be_among_the_settings() {
        let config = "[profile work]\naws_access_key_id = c\naws_secret_access_key = geheim\n\
                      aws_session_token = theirs\n";
        let (_dir, environment) = files("[default]\n", config);

        let loaded = SharedFiles::of(&environment, Some("work")).load();

        assert_eq!(loaded.expect("it is there").access_key_id(), "c");
    }

    #[test]
    fn what_hearth_does_not_follow_is_refused_with_its_name() {
        for (config, says) in [
            ("role_arn = arn:aws:iam::1:role/r\nsource_profile = default", "has role_arn, which"),
            ("credential_process = /bin/geheim", "has credential_process, which"),
            ("sso_session = s", "has sso_session, which"),
            ("aws_access_key_id = id", "without an aws_secret_access_key"),
            ("aws_secret_access_key = geheim", "without an aws_access_key_id"),
            ("region = r", "has no credentials"),
        ] {
            let (_dir, environment) = files(KEYS, &format!("[profile other]\n{config}\n"));

            let refused = SharedFiles::of(&environment, Some("other")).load();

            let refused = refused.expect_err("it cannot be followed");
            assert!(refused.contains(says) && !refused.contains("geheim"), "{refused}");
        }
        let (_dir, environment) = files(KEYS, "");
        let refused = SharedFiles::of(&environment, Some("none")).load();
        assert!(
            refused.expect_err("it is not there").starts_with("there is no profile \"none\" in /")
        );
        let refused = SharedFiles::of(&Environment::default(), None).load();
        assert_eq!(
            refused.expect_err("there is no home"),
            "there is no profile \"default\" in any file"
        );
    }

    #[test]
    fn files_that_were_changed_are_told_from_those_that_were_read() {
        let (dir, environment) = files(KEYS, "");
        let shared = SharedFiles::of(&environment, None);
        assert!(shared.has_changed(), "they were not read");

        shared.load().expect("it is there");
        assert!(!shared.has_changed());
        fs::write(dir.path().join(".aws/credentials"), format!("{KEYS}\n")).expect("it is ours");

        assert!(shared.has_changed());
    }
}
