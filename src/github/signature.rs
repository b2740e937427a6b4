//! Does this delivery come from GitHub?
//!
//! In: the raw body, the `X-Hub-Signature-256` header and the active secrets (two while they are rotated). Out: yes,
//! or why not. Never looks into the body, and takes the same time whichever digit of a signature is wrong.

use super::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Header that carries the signature, lowercase as HTTP/2 wants it.
pub const SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// A SHA-256 digest.
const DIGEST_BYTES: usize = 32;

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no secret to check against, so nothing can be believed.
    #[error("no webhook secret is configured")]
    NoSecret,
    /// The sender did not sign.
    #[error("the header `X-Hub-Signature-256` is missing")]
    Missing,
    /// The header is not `sha256=` and 64 hexadecimal digits.
    #[error("expected `sha256=` and 64 hexadecimal digits in the header `X-Hub-Signature-256`")]
    Malformed,
    /// No active secret gives this signature for this body.
    #[error("the signature does not fit the body")]
    Wrong,
}

/// Checks the HMAC-SHA256 of `body` against every active secret, in constant time.
///
/// Empty secrets are passed over: anybody can sign with them.
///
/// # Errors
/// [`SignatureError`] says why the delivery is not believed.
///
/// Source: GitHub documentation, "Validating webhook deliveries".
pub fn verify(secrets: &[Secret], body: &[u8], header: Option<&str>) -> Result<(), SignatureError> {
    let secrets: Vec<&Secret> = secrets.iter().filter(|secret| !secret.expose().is_empty()).collect();
    if secrets.is_empty() {
        return Err(SignatureError::NoSecret);
    }
    let signature = parse(header.ok_or(SignatureError::Missing)?).ok_or(SignatureError::Malformed)?;
    // Every secret is tried: stopping at the first fit would tell by the clock which of the two is in use.
    let n_fitting = secrets.iter().filter(|secret| fits(secret, body, &signature)).count();
    if n_fitting > 0 { Ok(()) } else { Err(SignatureError::Wrong) }
}

/// The header value GitHub would send for `body`; for replaying recorded deliveries.
pub fn sign(secret: &Secret, body: &[u8]) -> String {
    let digest = keyed(secret, body).finalize().into_bytes();
    digest.iter().fold("sha256=".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

fn fits(secret: &Secret, body: &[u8], signature: &[u8; DIGEST_BYTES]) -> bool {
    keyed(secret, body).verify_slice(signature).is_ok()
}

fn keyed(secret: &Secret, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    mac
}

fn parse(header: &str) -> Option<[u8; DIGEST_BYTES]> {
    let digits = header.trim().strip_prefix("sha256=")?;
    if digits.len() != 2 * DIGEST_BYTES || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; DIGEST_BYTES];
    for (byte, pair) in digest.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vector of GitHub's documentation, "Validating webhook deliveries".
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn check(secrets: &[&str], header: Option<&str>) -> Result<(), SignatureError> {
        let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::from(*text)).collect();
        verify(&secrets, BODY, header)
    }

    #[test]
    fn the_documented_vector_is_believed() {
        assert_eq!(check(&[SECRET], Some(SIGNATURE)), Ok(()));
        assert_eq!(sign(&SECRET.into(), BODY), SIGNATURE);
    }

    #[test]
    fn either_of_two_secrets_is_enough_while_they_are_rotated() {
        assert_eq!(check(&["the next one", SECRET], Some(SIGNATURE)), Ok(()));
        assert_eq!(check(&[SECRET, "the next one"], Some(SIGNATURE)), Ok(()));
    }

    #[test]
    fn a_wrong_signature_is_refused() {
        assert_eq!(check(&["another"], Some(SIGNATURE)), Err(SignatureError::Wrong));
        assert_eq!(check(&[SECRET], Some(&SIGNATURE.replace("757", "758"))), Err(SignatureError::Wrong));
        assert_eq!(verify(&[SECRET.into()], b"Hello, World?", Some(SIGNATURE)), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_header_of_another_shape_is_refused() {
        assert_eq!(check(&[SECRET], None), Err(SignatureError::Missing));
        let non_hexadecimal = format!("sha256={}", "+1".repeat(32));
        for header in ["", "sha1=abc", "sha256=", "sha256=zz", &SIGNATURE[..40], non_hexadecimal.as_str()] {
            assert_eq!(check(&[SECRET], Some(header)), Err(SignatureError::Malformed), "{header}");
        }
    }

    #[test]
    fn an_empty_secret_never_believes_anything() {
        let forged = sign(&"".into(), BODY);
        assert_eq!(check(&[""], Some(&forged)), Err(SignatureError::NoSecret));
        assert_eq!(check(&["", SECRET], Some(&forged)), Err(SignatureError::Wrong));
        assert_eq!(check(&[], Some(SIGNATURE)), Err(SignatureError::NoSecret));
    }
}
