//! Whose name a load or a doctor signs with: from a file or the environment, never from the command line.
//!
//! The file is that of the AWS tools:
//!
//!     [default]
//!     aws_access_key_id = …
//!     aws_secret_access_key = …
//!     aws_session_token = …        # optional
//!
//! Must hold: a file that others than its owner may read is refused; no error quotes a secret.
//! Not here: who may ask a hearth (`auth/`).

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;

use super::Error;
use crate::auth::owner_file::{self, Refusal};
use crate::load::Credentials;

/// The variables that are looked at.
#[derive(Default)]
pub(in crate::cli) struct Variables {
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    profile: Option<String>,
    region: Option<String>,
}

impl Variables {
    /// Those of ours in `environment`.
    pub(in crate::cli) fn of(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Error> {
        let mut variables = Self::default();
        let mut default_region = None;
        for (name, value) in environment {
            let (name, place) = match name.to_str() {
                Some("AWS_ACCESS_KEY_ID") => ("AWS_ACCESS_KEY_ID", &mut variables.access_key_id),
                Some("AWS_SECRET_ACCESS_KEY") => {
                    ("AWS_SECRET_ACCESS_KEY", &mut variables.secret_access_key)
                }
                Some("AWS_SESSION_TOKEN") => ("AWS_SESSION_TOKEN", &mut variables.session_token),
                Some("AWS_PROFILE") => ("AWS_PROFILE", &mut variables.profile),
                Some("AWS_REGION") => ("AWS_REGION", &mut variables.region),
                Some("AWS_DEFAULT_REGION") => ("AWS_DEFAULT_REGION", &mut default_region),
                _ => continue,
            };
            let text = value.into_string().map_err(|_| Error::NotText { name })?;
            *place = Some(text).filter(|text| !text.is_empty());
        }
        variables.region = variables.region.or(default_region);
        Ok(variables)
    }

    /// The region that signatures are for.
    pub(in crate::cli) fn region(&self) -> &str {
        self.region.as_deref().unwrap_or(REGION)
    }

    /// Those of the file, else of the environment, else some that a server without credentials
    /// takes.
    pub(in crate::cli) fn credentials(&self, file: Option<&Path>) -> Result<Credentials, Error> {
        if let Some(path) = file {
            let profile = self.profile.as_deref().unwrap_or(PROFILE);
            let refused = |why| Error::Credentials { path: path.to_owned(), why };
            return of_profile(&read(path).map_err(refused)?, profile).map_err(refused);
        }
        match (&self.access_key_id, &self.secret_access_key) {
            (None, None) => Ok(Credentials::default()),
            (Some(id), Some(secret)) => Ok(Credentials {
                access_key_id: id.clone(),
                secret_access_key: secret.clone(),
                session_token: self.session_token.clone(),
            }),
            (None, Some(_)) | (Some(_), None) => Err(Error::HalfCredentials),
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot be read: {error}");
    let file = owner_file::open(path).map_err(|refusal| match refusal {
        Refusal::Unreadable(error) => failed(error),
        Refusal::Exposed(mode) => {
            format!("has mode {mode:04o}, but only its owner may have access: set it to 0600")
        }
    })?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// The credentials below a heading; an error is the rest of a sentence about the file.
fn of_profile(text: &str, profile: &str) -> Result<Credentials, String> {
    let heading = format!("[{profile}]");
    let mut lines = text.lines().map(str::trim);
    if !lines.by_ref().any(|line| line == heading) {
        return Err(format!("has no line {heading:?}"));
    }
    let below: Vec<_> = lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let value = |wanted: &str| {
        let found = below.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| (*value).to_owned()).filter(|value| !value.is_empty())
    };
    let needed = |name: &str| value(name).ok_or_else(|| format!("has no {name} below {heading:?}"));
    Ok(Credentials {
        access_key_id: needed("aws_access_key_id")?,
        secret_access_key: needed("aws_secret_access_key")?,
        session_token: value("aws_session_token"),
    })
}

const REGION: &str = "us-east-1";
const PROFILE: &str = "default";
const FILE_BYTES_MAX: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn variables(given: &[(&str, &str)]) -> Variables {
        let given = given.iter().map(|&(name, value)| (name.into(), value.into()));
        Variables::of(given).expect("they are text")
    }

    #[test]
    fn without_any_the_load_signs_as_anybody() {
        let variables = variables(&[("AWS_DEFAULT_REGION", "eu-west-1"), ("HOME", "/")]);

        let credentials = variables.credentials(None).expect("none are needed");

        assert_eq!(variables.region(), "eu-west-1");
        assert_eq!(credentials.access_key_id, Credentials::default().access_key_id);
    }

    #[test]
    fn half_of_them_is_a_mistake() {
        for half in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let refused = variables(&[(half, "x")]).credentials(None);
            assert!(matches!(refused, Err(Error::HalfCredentials)), "{half}");
        }
        let both = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "key")];
        let taken = variables(&both).credentials(None).expect("both are there");
        assert_eq!((&*taken.access_key_id, &*taken.secret_access_key), ("id", "key"));
    }

    #[test]
    fn a_file_is_the_owners_alone_and_has_the_profile() {
        let dir = tempfile::tempdir().expect("room for a file");
        let path = dir.path().join("credentials");
        let text = "[other]\naws_access_key_id = no\n\n[default]\nAWS_ACCESS_KEY_ID=id\n\
                    aws_secret_access_key = geheim = x\n[last]\naws_session_token = t\n";
        fs::write(&path, text).expect("the directory is ours");
        let read = |profile: &str| variables(&[("AWS_PROFILE", profile)]).credentials(Some(&path));

        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("it is ours");
        let exposed = read("default").expect_err("others may read it").to_string();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("it is ours");
        let taken = read("default").expect("it is good");

        assert!(exposed.contains("mode 0644"), "{exposed}");
        assert_eq!(taken.secret_access_key, "geheim = x");
        assert_eq!((taken.access_key_id.as_str(), taken.session_token), ("id", None));
        for (profile, says) in
            [("other", "no aws_secret_access_key"), ("none", "no line \"[none]\"")]
        {
            let refused = read(profile).expect_err("it is not there").to_string();
            assert!(refused.contains(says) && !refused.contains("geheim"), "{refused}");
        }
    }
}
