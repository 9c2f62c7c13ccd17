//! Certificates for the collector and for its clients.

use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// An authority, a server and a client that it signed for, as files.
pub(super) struct Authority {
    folder: tempfile::TempDir,
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
        let authority = Self { folder };
        std::fs::write(authority.file("ca.pem"), issuer.pem()).unwrap();
        for name in ["server", "client"] {
            let key = KeyPair::generate().unwrap();
            let certificate =
                CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])
                    .unwrap()
                    .signed_by(&key, &issuer)
                    .unwrap();
            std::fs::write(authority.file(&format!("{name}.pem")), certificate.pem()).unwrap();
            std::fs::write(
                authority.file(&format!("{name}-key.pem")),
                key.serialize_pem(),
            )
            .unwrap();
        }
        authority
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same, as the value of a variable.
    pub(super) fn path(&self, name: &str) -> String {
        self.file(name).to_str().unwrap().to_owned()
    }
}
