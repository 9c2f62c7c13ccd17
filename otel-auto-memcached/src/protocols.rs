//! Both text protocols, call by call.

use std::{fmt::Debug, hash::Hash};

use async_memcached::{AsMemcachedValue, AsciiProtocol, Error, MetaProtocol, MetaValue, Value};
use fxhash::FxHashMap;

use crate::{
    Client,
    error::{end, end_each},
};

impl AsciiProtocol for Client {
    async fn get<K: AsRef<[u8]>>(&mut self, key: K) -> Result<Option<Value>, Error> {
        self.start("get").future(self.inner.get(key), end).await
    }

    async fn get_multi<I, K>(&mut self, keys: I) -> Result<Vec<Value>, Error>
    where
        I: IntoIterator<Item = K>,
        K: AsRef<[u8]>,
    {
        self.start("get")
            .future(self.inner.get_multi(keys), end)
            .await
    }

    async fn get_many<I, K>(&mut self, keys: I) -> Result<Vec<Value>, Error>
    where
        I: IntoIterator<Item = K>,
        K: AsRef<[u8]>,
    {
        self.get_multi(keys).await
    }

    async fn set<K, V>(
        &mut self,
        key: K,
        value: V,
        ttl: Option<i64>,
        flags: Option<u32>,
    ) -> Result<(), Error>
    where
        K: AsRef<[u8]>,
        V: AsMemcachedValue,
    {
        self.start("set")
            .future(self.inner.set(key, value, ttl, flags), end)
            .await
    }

    async fn set_multi<'a, K, V>(
        &mut self,
        kv: &'a [(K, V)],
        ttl: Option<i64>,
        flags: Option<u32>,
    ) -> Result<FxHashMap<&'a K, Result<(), Error>>, Error>
    where
        K: AsRef<[u8]> + Eq + Hash + Debug,
        V: AsMemcachedValue,
    {
        let operation = self.start_batch("set", "BATCH set", kv.len());
        operation
            .future(self.inner.set_multi(kv, ttl, flags), end_each)
            .await
    }

    async fn add<K, V>(
        &mut self,
        key: K,
        value: V,
        ttl: Option<i64>,
        flags: Option<u32>,
    ) -> Result<(), Error>
    where
        K: AsRef<[u8]>,
        V: AsMemcachedValue,
    {
        self.start("add")
            .future(self.inner.add(key, value, ttl, flags), end)
            .await
    }

    async fn add_multi<'a, K, V>(
        &mut self,
        kv: &'a [(K, V)],
        ttl: Option<i64>,
        flags: Option<u32>,
    ) -> Result<FxHashMap<&'a K, Result<(), Error>>, Error>
    where
        K: AsRef<[u8]> + Eq + Hash + Debug,
        V: AsMemcachedValue,
    {
        let operation = self.start_batch("add", "BATCH add", kv.len());
        operation
            .future(self.inner.add_multi(kv, ttl, flags), end_each)
            .await
    }

    async fn delete_multi_no_reply<K: AsRef<[u8]>>(&mut self, keys: &[K]) -> Result<(), Error> {
        let operation = self.start_batch("delete", "BATCH delete", keys.len());
        operation
            .future(self.inner.delete_multi_no_reply(keys), end)
            .await
    }

    async fn delete_no_reply<K: AsRef<[u8]>>(&mut self, key: K) -> Result<(), Error> {
        self.start("delete")
            .future(self.inner.delete_no_reply(key), end)
            .await
    }

    async fn delete<K: AsRef<[u8]>>(&mut self, key: K) -> Result<(), Error> {
        self.start("delete")
            .future(self.inner.delete(key), end)
            .await
    }

    async fn increment<K: AsRef<[u8]>>(&mut self, key: K, amount: u64) -> Result<u64, Error> {
        self.start("incr")
            .future(self.inner.increment(key, amount), end)
            .await
    }

    async fn increment_no_reply<K: AsRef<[u8]>>(
        &mut self,
        key: K,
        amount: u64,
    ) -> Result<(), Error> {
        self.start("incr")
            .future(self.inner.increment_no_reply(key, amount), end)
            .await
    }

    async fn decrement<K: AsRef<[u8]>>(&mut self, key: K, amount: u64) -> Result<u64, Error> {
        self.start("decr")
            .future(self.inner.decrement(key, amount), end)
            .await
    }

    async fn decrement_no_reply<K: AsRef<[u8]>>(
        &mut self,
        key: K,
        amount: u64,
    ) -> Result<(), Error> {
        self.start("decr")
            .future(self.inner.decrement_no_reply(key, amount), end)
            .await
    }
}

impl MetaProtocol for Client {
    async fn meta_get<K: AsRef<[u8]>>(
        &mut self,
        key: K,
        is_quiet: bool,
        opaque: Option<&[u8]>,
        meta_flags: Option<&[&str]>,
    ) -> Result<Option<MetaValue>, Error> {
        self.start("mg")
            .future(self.inner.meta_get(key, is_quiet, opaque, meta_flags), end)
            .await
    }

    async fn meta_set<K, V>(
        &mut self,
        key: K,
        value: V,
        is_quiet: bool,
        opaque: Option<&[u8]>,
        meta_flags: Option<&[&str]>,
    ) -> Result<Option<MetaValue>, Error>
    where
        K: AsRef<[u8]>,
        V: AsMemcachedValue,
    {
        self.start("ms")
            .future(
                self.inner
                    .meta_set(key, value, is_quiet, opaque, meta_flags),
                end,
            )
            .await
    }

    async fn meta_delete<K: AsRef<[u8]>>(
        &mut self,
        key: K,
        is_quiet: bool,
        opaque: Option<&[u8]>,
        meta_flags: Option<&[&str]>,
    ) -> Result<Option<MetaValue>, Error> {
        self.start("md")
            .future(
                self.inner.meta_delete(key, is_quiet, opaque, meta_flags),
                end,
            )
            .await
    }

    async fn meta_increment<K: AsRef<[u8]>>(
        &mut self,
        key: K,
        is_quiet: bool,
        opaque: Option<&[u8]>,
        delta: Option<u64>,
        meta_flags: Option<&[&str]>,
    ) -> Result<Option<MetaValue>, Error> {
        self.start("ma")
            .future(
                self.inner
                    .meta_increment(key, is_quiet, opaque, delta, meta_flags),
                end,
            )
            .await
    }

    async fn meta_decrement<K: AsRef<[u8]>>(
        &mut self,
        key: K,
        is_quiet: bool,
        opaque: Option<&[u8]>,
        delta: Option<u64>,
        meta_flags: Option<&[&str]>,
    ) -> Result<Option<MetaValue>, Error> {
        self.start("ma")
            .future(
                self.inner
                    .meta_decrement(key, is_quiet, opaque, delta, meta_flags),
                end,
            )
            .await
    }

    async fn meta_get_multi<K: AsRef<[u8]>>(
        &mut self,
        keys: &[K],
        meta_flags: Option<&[&str]>,
    ) -> Result<Vec<MetaValue>, Error> {
        let operation = self.start_batch("mg", "BATCH mg", keys.len());
        operation
            .future(self.inner.meta_get_multi(keys, meta_flags), end)
            .await
    }

    async fn meta_set_multi<K, V>(
        &mut self,
        items: &[(K, V)],
        meta_flags: Option<&[&str]>,
    ) -> Result<Vec<MetaValue>, Error>
    where
        K: AsRef<[u8]>,
        V: AsMemcachedValue,
    {
        let operation = self.start_batch("ms", "BATCH ms", items.len());
        operation
            .future(self.inner.meta_set_multi(items, meta_flags), end)
            .await
    }
}
