//! What the name of an AWS endpoint says.
//!
//! Not here: regions of other services, which are whatever somebody says (`region.rs`).

/// An endpoint of AWS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct AwsHost<'a> {
    /// The region that it serves, which signatures must name.
    pub(super) region: &'a str,
    /// Where that region's streams are read, if the name tells.
    pub(super) streams: Option<String>,
}

impl<'a> AwsHost<'a> {
    /// Of a host, unless it is none of theirs.
    pub(super) fn of(host: &'a str) -> Option<Self> {
        let domain = DOMAINS.into_iter().find(|domain| host.ends_with(domain))?;
        let labels: Vec<&str> = host.strip_suffix(domain)?.split('.').collect();
        let region_of = |place: usize| labels.get(place).copied().filter(|label| !label.is_empty());
        let (region, streams) = match labels.as_slice() {
            [service @ ("dynamodb" | "dynamodb-fips"), region] => {
                (*region, Some(format!("streams.{service}.{region}{domain}")))
            }
            // The endpoint of one account; its streams are read where everybody's are.
            [_, "ddb", region] => (*region, Some(format!("streams.dynamodb.{region}{domain}"))),
            // The endpoint of a network has a name of its own for each service.
            [_, "dynamodb" | "dynamodb-fips", _, "vpce"] => (region_of(2)?, None),
            _ => return None,
        };
        (!region.is_empty()).then_some(Self { region, streams })
    }
}

const DOMAINS: [&str; 5] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_of_aws_names_its_region() {
        for (host, region, streams) in [
            (
                "dynamodb.eu-west-1.amazonaws.com",
                "eu-west-1",
                Some("streams.dynamodb.eu-west-1.amazonaws.com"),
            ),
            (
                "dynamodb-fips.us-east-1.amazonaws.com",
                "us-east-1",
                Some("streams.dynamodb-fips.us-east-1.amazonaws.com"),
            ),
            (
                "dynamodb.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
                Some("streams.dynamodb.cn-north-1.amazonaws.com.cn"),
            ),
            ("dynamodb.us-west-2.api.aws", "us-west-2", Some("streams.dynamodb.us-west-2.api.aws")),
            (
                "111122223333.ddb.us-east-2.amazonaws.com",
                "us-east-2",
                Some("streams.dynamodb.us-east-2.amazonaws.com"),
            ),
            ("vpce-1.dynamodb.us-east-1.vpce.amazonaws.com", "us-east-1", None),
        ] {
            let found = AwsHost::of(host).expect(host);

            assert_eq!((found.region, found.streams.as_deref()), (region, streams), "{host}");
        }
    }

    #[test]
    fn other_endpoints_name_none() {
        for host in [
            "127.0.0.1",
            "dynamodb.eu-west-1.example.com",
            "amazonaws.com",
            "dynamodb..amazonaws.com",
            "s3.eu-west-1.amazonaws.com",
            "dynamodb.eu-west-1.amazonaws.com.example",
        ] {
            assert_eq!(AwsHost::of(host), None, "{host}");
        }
    }
}
