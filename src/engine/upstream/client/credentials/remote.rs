//! Credentials that the machine's surroundings give out for a while.
//!
//! Must hold: they are asked for only where that was chosen, in the clear only on this machine's own
//! links; what is answered is in no error.
//! Not here: when they are asked for again (`keeper.rs`).

use std::fs;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Credentials;
use super::environment::{self as variables, Environment};
use crate::engine::upstream::client::plain::{self, Role};
use crate::net::{Endpoint, Trust};

/// What containers are given: an address, and a word that opens it.
pub(in crate::engine::upstream::client) struct Container {
    endpoint: Endpoint,
    path: String,
    trust: Option<Trust>,
    token: Option<Token>,
}

enum Token {
    Word(String),
    File(String),
}

/// The metadata service of a machine, asked in its second version.
pub(in crate::engine::upstream::client) struct Instance {
    endpoint: Endpoint,
}

impl Container {
    /// As the environment says.
    pub(super) fn of(environment: &Environment) -> Result<Self, String> {
        let url = match (
            environment.get(variables::CONTAINER_PATH),
            environment.get(variables::CONTAINER_URL),
        ) {
            (Some(path), _) => format!("{CONTAINER_HOST}{path}"),
            (None, Some(url)) => url.to_owned(),
            (None, None) => {
                return Err(format!(
                    "there is no endpoint for containers: neither {} nor {} is set",
                    variables::CONTAINER_PATH,
                    variables::CONTAINER_URL
                ));
            }
        };
        let malformed = || format!("{url:?} is no endpoint for containers");
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(malformed());
        };
        let endpoint =
            Endpoint::parse(&format!("{scheme}://{authority}")).map_err(|_| malformed())?;
        if endpoint.scheme.is_dax() {
            return Err(malformed());
        }
        if !endpoint.scheme.has_tls() && !is_near(&endpoint.host) {
            return Err(format!(
                "{url:?} would give out credentials in the clear, and is not on this machine"
            ));
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let file = environment.get(variables::CONTAINER_TOKEN_FILE);
        let word = environment.get(variables::CONTAINER_TOKEN);
        let token = file.map(|file| Token::File(file.to_owned()));
        let token = token.or_else(|| word.map(|word| Token::Word(word.to_owned())));
        Ok(Self { endpoint, path, trust: None, token })
    }

    /// Whether TLS is spoken.
    pub(super) fn has_tls(&self) -> bool {
        self.endpoint.scheme.has_tls()
    }

    /// Believes those authorities.
    pub(super) fn with_trust(self, trust: Option<Trust>) -> Self {
        Self { trust, ..self }
    }

    pub(super) async fn load(&self) -> Result<Credentials, String> {
        let mut request = get(&self.path)?;
        if let Some(token) = &self.token {
            let word = match token {
                Token::Word(word) => word.clone(),
                // It is a small file of the system's own, in memory.
                Token::File(path) => fs::read_to_string(path)
                    .map_err(|error| format!("{path:?} cannot be read: {error}"))?,
            };
            let mut word = HeaderValue::from_str(word.trim())
                .map_err(|_| "the word for the containers' endpoint fits no header".to_owned())?;
            word.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, word);
        }
        let answer = exchange(&self.endpoint, self.trust.as_ref(), request).await;
        let of_place = |why| format!("the containers' endpoint {}: it {why}", self.endpoint.url());
        given(&answer.map_err(of_place)?).map_err(of_place)
    }
}

impl Instance {
    /// As the environment says, else where clouds have it.
    pub(super) fn of(environment: &Environment) -> Result<Self, String> {
        let is_off = environment.get(variables::METADATA_DISABLED);
        if is_off.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Err(format!("{} forbids to ask this machine's", variables::METADATA_DISABLED));
        }
        let url = environment.get(variables::METADATA_ENDPOINT).unwrap_or(INSTANCE_HOST);
        let endpoint = Endpoint::parse(url).ok().filter(|found| is_near(&found.host));
        let endpoint = endpoint.filter(|found| !found.scheme.is_dax() && !found.scheme.has_tls());
        let endpoint =
            endpoint.ok_or_else(|| format!("{url:?} is no metadata service of this machine"))?;
        Ok(Self { endpoint })
    }

    pub(super) async fn load(&self) -> Result<Credentials, String> {
        let loaded = self.ask().await;
        loaded.map_err(|why| format!("the metadata service {}: it {why}", self.endpoint.url()))
    }

    async fn ask(&self) -> Result<Credentials, String> {
        let mut request = get("/latest/api/token")?;
        *request.method_mut() = Method::PUT;
        request.headers_mut().insert(TOKEN_SECONDS, HeaderValue::from_static("300"));
        let token = exchange(&self.endpoint, None, request).await?;
        let mut token =
            HeaderValue::from_maybe_shared(token).map_err(|_| "gave no token".to_owned())?;
        token.set_sensitive(true);
        let with_token = |path: &str| {
            let mut request = get(path)?;
            request.headers_mut().insert(TOKEN, token.clone());
            Ok::<_, String>(request)
        };
        let roles = exchange(&self.endpoint, None, with_token(ROLES)?).await?;
        let roles = str::from_utf8(&roles).ok().and_then(|roles| roles.lines().next());
        let role = roles.filter(|role| !role.is_empty()).ok_or("names no role")?;
        given(&exchange(&self.endpoint, None, with_token(&format!("{ROLES}{role}"))?).await?)
    }
}

/// Asks an endpoint on this machine's own link.
async fn exchange(
    endpoint: &Endpoint,
    trust: Option<&Trust>,
    request: Request<Full<Bytes>>,
) -> Result<Bytes, String> {
    plain::exchange(Role::Surroundings, endpoint, trust, request).await
}

fn get(path: &str) -> Result<Request<Full<Bytes>>, String> {
    let uri: Uri = path.parse().map_err(|_| format!("has no path {path:?}"))?;
    let mut request = Request::new(Full::default());
    *request.uri_mut() = uri;
    Ok(request)
}

/// Reads what either of them answers.
fn given(body: &[u8]) -> Result<Credentials, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Given {
        access_key_id: String,
        secret_access_key: String,
        token: Option<String>,
        expiration: Option<String>,
    }
    let given: Given =
        serde_json::from_slice(body).map_err(|_| "gave no credentials".to_owned())?;
    let expires_ms = given.expiration.map(|text| {
        let date = OffsetDateTime::parse(&text, &Rfc3339).ok()?;
        u64::try_from(date.unix_timestamp_nanos() / 1_000_000).ok()
    });
    let mut credentials =
        Credentials::new(given.access_key_id, given.secret_access_key, given.token);
    credentials.expires_ms = match expires_ms {
        None => None,
        Some(Some(expires_ms)) => Some(expires_ms),
        Some(None) => return Err("gave credentials whose end is no date".to_owned()),
    };
    Ok(credentials)
}

/// Whether a host is this machine, or what clouds have on its own link for this.
fn is_near(host: &str) -> bool {
    let address: Result<std::net::IpAddr, _> = host.parse();
    let is_loopback = address.is_ok_and(|address| address.to_canonical().is_loopback());
    is_loopback || host == "localhost" || NEAR.contains(&host)
}

const CONTAINER_HOST: &str = "http://169.254.170.2";
const INSTANCE_HOST: &str = "http://169.254.169.254";
const NEAR: [&str; 5] =
    ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "169.254.169.254", "fd00:ec2::254"];
const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
const TOKEN_SECONDS: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
