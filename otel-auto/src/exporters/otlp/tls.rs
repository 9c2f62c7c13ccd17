//! TLS with rustls and ring, passed explicitly: the process-wide default provider is the application's business.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::failure::{Cause, Failure};
use crate::config::otlp::Otlp;

/// Reads the certificates that the settings name, or else the system's.
pub(super) fn config(settings: &Otlp) -> Result<ClientConfig, Failure> {
    let roots = match &settings.certificate {
        Some(path) => roots_from(path)?,
        None => system_roots()?,
    };
    let builder = builder()?.with_root_certificates(roots);
    match (&settings.client_certificate, &settings.client_key) {
        (Some(chain), Some(key)) => {
            let chain = certificates(chain)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| fault(error.to_string()))
        }
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(_), None) => Err(fault(
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE needs OTEL_EXPORTER_OTLP_CLIENT_KEY too",
        )),
        (None, Some(_)) => Err(fault(
            "OTEL_EXPORTER_OTLP_CLIENT_KEY needs OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE too",
        )),
    }
}

/// For plain `http`, where nothing is read: the connector wants a configuration all the same.
pub(super) fn unused() -> Result<ClientConfig, Failure> {
    Ok(builder()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, Failure> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(error.to_string()))
}

fn roots_from(path: &Path) -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots
            .add(certificate)
            .map_err(|error| unreadable(path, &error))?;
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let reason = found
            .errors
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        return Err(fault(format!(
            "the system has no trusted certificates, name some in OTEL_EXPORTER_OTLP_CERTIFICATE {reason}"
        )));
    }
    Ok(roots)
}

/// At least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(path, &error))?;
    if certificates.is_empty() {
        return Err(fault(format!("{} holds no certificate", path.display())));
    }
    Ok(certificates)
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    fault(format!("{}: {error}", path.display()))
}

fn fault(detail: impl AsRef<str>) -> Failure {
    Failure::new(Cause::Tls, detail)
}
