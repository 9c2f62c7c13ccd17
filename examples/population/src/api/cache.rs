//! Populations in memcached. Of the client, only the name of its crate tells that it is recorded.

use anyhow::Context as _;
use async_memcached::AsciiProtocol as _;
use otel_auto::memcached::Client;
use tokio::sync::Mutex;

const SECONDS_CACHED: i64 = 60;

pub(crate) struct Cache {
    address: String,
    prefix: String,
    /// One connection, which answers one call at a time.
    client: Mutex<Client>,
}

impl Cache {
    pub(crate) async fn connect(url: &str, prefix: String) -> anyhow::Result<Self> {
        let address = url.replacen("memcached://", "tcp://", 1);
        let client = Client::new(&address)
            .await
            .context("no connection to memcached")?;
        Ok(Self {
            address,
            prefix,
            client: Mutex::new(client),
        })
    }

    pub(crate) async fn get(&self, prefecture: &str) -> anyhow::Result<Option<i64>> {
        let Some(key) = self.key(prefecture) else {
            return Ok(None);
        };
        let mut client = self.client.lock().await;
        self.reconnect(&mut client).await?;
        let Some(data) = client.get(key).await?.and_then(|value| value.data) else {
            return Ok(None);
        };
        Ok(Some(std::str::from_utf8(&data)?.parse()?))
    }

    pub(crate) async fn set(&self, prefecture: &str, population: i64) -> anyhow::Result<()> {
        let Some(key) = self.key(prefecture) else {
            return Ok(());
        };
        let mut client = self.client.lock().await;
        self.reconnect(&mut client).await?;
        client
            .set(key, &population.to_string(), Some(SECONDS_CACHED), None)
            .await?;
        Ok(())
    }

    /// A request that was given up in the middle of a call has closed the connection.
    async fn reconnect(&self, client: &mut Client) -> anyhow::Result<()> {
        if client.is_closed() {
            *client = Client::new(&self.address).await?;
        }
        Ok(())
    }

    /// Not everything that may be asked for may be a key.
    fn key(&self, prefecture: &str) -> Option<String> {
        let is_word = prefecture.len() <= 32 && prefecture.chars().all(char::is_alphanumeric);
        is_word.then(|| format!("{}:api:{prefecture}", self.prefix))
    }
}
