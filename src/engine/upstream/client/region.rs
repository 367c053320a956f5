//! The region that signatures name.
//!
//!     given > an AWS endpoint's own > AWS_REGION > AWS_DEFAULT_REGION > the profile's > the default

use super::aws::AwsHost;
use super::credentials::{Environment, SharedFiles};
use super::options::Options;
use super::place::Place;

/// Of a client; may read the shared files.
pub(super) fn region(options: &Options, first: &Place, environment: &Environment) -> String {
    if let Some(given) = &options.region {
        return given.clone();
    }
    if let Some(aws) = AwsHost::of(&first.endpoint.host) {
        return aws.region.to_owned();
    }
    let of_files = || SharedFiles::of(environment, options.profile.as_deref()).region();
    let said = environment.region().map(str::to_owned).or_else(of_files);
    said.unwrap_or_else(|| options.region_default.clone())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_region_is_what_is_said_nearest() {
        let dir = tempfile::tempdir().expect("room for a file");
        let config = dir.path().join("config");
        fs::write(&config, "[default]\nregion = of-profile\n").expect("the directory is ours");
        let files = ("AWS_CONFIG_FILE".into(), config.into_os_string());
        let none = Environment::default();
        let profile = Environment::of([files.clone()]);
        let default = ("AWS_DEFAULT_REGION".into(), "of-default".into());
        let both = Environment::of([files, default.clone()]);
        let variable = Environment::of([("AWS_REGION".into(), "of-variable".into()), default]);
        let given = Options { region: Some("given".to_owned()), ..Options::default() };
        let plain = Options::default();
        let aws = Place::parse("https://dynamodb.eu-west-1.amazonaws.com").expect("an endpoint");
        let other = Place::parse("http://127.0.0.1:8000").expect("an endpoint");

        for (options, place, environment, said) in [
            (&given, &aws, &variable, "given"),
            (&plain, &aws, &variable, "eu-west-1"),
            (&plain, &other, &variable, "of-variable"),
            (&plain, &other, &both, "of-default"),
            (&plain, &other, &profile, "of-profile"),
            (&plain, &other, &none, "us-east-1"),
        ] {
            assert_eq!(region(options, place, environment), said);
        }
    }
}
