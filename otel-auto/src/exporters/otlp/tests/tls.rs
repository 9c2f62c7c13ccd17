use std::{net::SocketAddr, path::PathBuf};

use otel_auto_testing::receiver::Receiver;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig, crypto::ring, pki_types::PrivateKeyDer,
    server::WebPkiClientVerifier,
};
use tokio_rustls::TlsAcceptor;

use super::*;

/// An authority of one's own, with files for what it signed.
pub(super) struct Authority {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        // Two authorities of one name would be told apart by their signatures alone.
        params
            .distinguished_name
            .push(DnType::CommonName, folder.path().to_string_lossy());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    pub(super) fn file(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.path().join(name))
    }

    fn sign(&self) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params =
            CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    pub(super) fn server(&self, ask_client: bool) -> ServerConfig {
        let (certificate, key) = self.sign();
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if ask_client {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }
}

/// Terminates TLS in front of a receiver; its thread ends with the test process.
pub(super) fn terminate_tls(config: ServerConfig, receiver: SocketAddr) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let acceptor = TlsAcceptor::from(Arc::new(config));
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut inner) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut outer = tokio::net::TcpStream::connect(receiver).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
                });
            }
        });
    });
    format!("https://localhost:{}", address.port())
}

#[test]
fn a_receiver_of_an_own_authority_is_reached_over_both_transports() {
    let (receiver, authority) = (Receiver::start(), Authority::new());
    let base = terminate_tls(authority.server(false), receiver.address());
    for protocol in PROTOCOLS {
        let probe = Probe::new(&Otlp {
            certificate: authority.file("ca.pem"),
            ..at(protocol, &base, Signal::Traces)
        });
        probe.export(&["work"]).unwrap();
    }
    assert_eq!(receiver.spans().len(), PROTOCOLS.len());
}

#[test]
fn a_client_certificate_is_shown_when_asked_for_and_missed_when_it_is_not_configured() {
    let (receiver, authority) = (Receiver::start(), Authority::new());
    let base = terminate_tls(authority.server(true), receiver.address());
    let (certificate, key) = authority.sign();
    std::fs::write(authority.file("client.pem").unwrap(), certificate.pem()).unwrap();
    std::fs::write(authority.file("client.key").unwrap(), key.serialize_pem()).unwrap();
    for protocol in PROTOCOLS {
        let without = Otlp {
            certificate: authority.file("ca.pem"),
            timeout: Some(SECOND / 4),
            ..at(protocol, &base, Signal::Traces)
        };
        let with = Otlp {
            client_certificate: authority.file("client.pem"),
            client_key: authority.file("client.key"),
            timeout: Some(5 * SECOND),
            ..without.clone()
        };
        Probe::new(&with).export(&["work"]).unwrap();
        let said = Probe::new(&without).complaint();
        // The alert races with the request: it may find the connection closed already.
        assert!(
            said.contains("TLS failed") || said.contains("the connection broke"),
            "{said}"
        );
    }
    assert_eq!(receiver.spans().len(), PROTOCOLS.len());
}

#[test]
fn an_unknown_authority_is_told_with_the_variable_that_would_help() {
    let (receiver, authority) = (Receiver::start(), Authority::new());
    let base = terminate_tls(authority.server(false), receiver.address());
    for protocol in PROTOCOLS {
        let other = Authority::new();
        let said = Probe::new(&Otlp {
            certificate: other.file("ca.pem"),
            ..at(protocol, &base, Signal::Traces)
        })
        .complaint();
        assert!(said.contains("OTEL_EXPORTER_OTLP_CERTIFICATE"), "{said}");
    }
    assert!(receiver.requests().is_empty());
}

#[test]
fn a_missing_certificate_file_is_named_and_read_once_it_is_there() {
    let (receiver, authority) = (Receiver::start(), Authority::new());
    let base = terminate_tls(authority.server(false), receiver.address());
    let probe = Probe::new(&Otlp {
        certificate: authority.file("later.pem"),
        ..at(Protocol::HttpProtobuf, &base, Signal::Traces)
    });
    let said = probe.complaint();
    assert!(said.contains("later.pem"), "{said}");
    std::fs::copy(
        authority.file("ca.pem").unwrap(),
        authority.file("later.pem").unwrap(),
    )
    .unwrap();
    probe.export(&["work"]).unwrap();
}

#[test]
fn https_to_a_plain_port_and_http_to_a_tls_port_are_told_apart() {
    let (receiver, authority) = (Receiver::start(), Authority::new());
    let plain = receiver.endpoint().replace("http:", "https:");
    let secure =
        terminate_tls(authority.server(false), receiver.address()).replace("https:", "http:");
    for protocol in PROTOCOLS {
        let to = |base: &str| {
            Probe::new(&Otlp {
                certificate: authority.file("ca.pem"),
                timeout: Some(SECOND / 2),
                ..at(protocol, base, Signal::Traces)
            })
            .complaint()
        };
        let said = to(&plain);
        assert!(said.contains("does not speak TLS, try http://"), "{said}");
        let said = to(&secure);
        assert!(said.contains("or TLS"), "{said}");
    }
}
