//! The commands that are known, and which of their arguments are keys.

use std::sync::{LazyLock, PoisonError, RwLock};

/// What the arguments of a command are: first those of `head`, then those of `tail` over and over; beyond, values.
///
/// - `k`: a key, a hash field or a channel;
/// - `s`: the second word of a command's name;
/// - `p`: the digest or name of a script or function;
/// - `n`: the number of keys that follow;
/// - `v`: a value;
/// - `l`: keys and, last, a value;
/// - `x`: up to the word `STREAMS` values; after it keys, and as many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) head: &'static str,
    pub(crate) tail: &'static str,
}

impl Shape {
    const VALUES: Self = Self { head: "", tail: "" };
}

/// A command, by its name in upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
}

/// Head, tail, and the names of the commands of this shape.
const COMMANDS: &[(&str, &str, &str)] = &[
    (
        "k",
        "",
        "GET SET GETSET GETDEL GETEX SETEX PSETEX SETNX APPEND STRLEN GETRANGE SUBSTR SETRANGE INCR INCRBY INCRBYFLOAT \
         DECR DECRBY DELEX DIGEST EXPIRE EXPIREAT PEXPIRE PEXPIREAT EXPIRETIME PEXPIRETIME TTL PTTL PERSIST TYPE DUMP \
         RESTORE MOVE SORT SORT_RO SETBIT GETBIT BITCOUNT BITPOS BITFIELD BITFIELD_RO PFADD \
         LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LLEN LRANGE LINDEX LSET LREM LTRIM LINSERT LPOS \
         SADD SREM SISMEMBER SMISMEMBER SMEMBERS SCARD SPOP SRANDMEMBER SSCAN \
         ZADD ZREM ZSCORE ZMSCORE ZINCRBY ZCARD ZCOUNT ZLEXCOUNT ZRANGE ZRANGEBYSCORE ZRANGEBYLEX ZREVRANGE \
         ZREVRANGEBYSCORE ZREVRANGEBYLEX ZRANK ZREVRANK ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX ZPOPMIN \
         ZPOPMAX ZRANDMEMBER ZSCAN \
         HGETALL HKEYS HVALS HLEN HSCAN HRANDFIELD HGETDEL HGETEX HSETEX HEXPIRE HEXPIREAT HPEXPIRE HPEXPIREAT \
         HEXPIRETIME HPEXPIRETIME HTTL HPTTL HPERSIST \
         GEOADD GEODIST GEOHASH GEOPOS GEORADIUS GEORADIUS_RO GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEOSEARCH \
         XADD XLEN XRANGE XREVRANGE XTRIM XDEL XDELEX XACK XACKDEL XCLAIM XAUTOCLAIM XPENDING XSETID \
         PUBLISH SPUBLISH \
         JSON.SET JSON.GET JSON.DEL JSON.FORGET JSON.MERGE JSON.TYPE JSON.CLEAR JSON.TOGGLE JSON.NUMINCRBY \
         JSON.STRAPPEND JSON.STRLEN JSON.ARRAPPEND JSON.ARRINDEX JSON.ARRINSERT JSON.ARRLEN JSON.ARRPOP JSON.ARRTRIM \
         JSON.OBJKEYS JSON.OBJLEN \
         FT.SEARCH FT.AGGREGATE FT.CREATE FT.DROPINDEX FT.INFO FT.ALTER FT.EXPLAIN \
         BF.ADD BF.MADD BF.EXISTS BF.MEXISTS BF.RESERVE BF.INSERT BF.INFO BF.CARD CF.ADD CF.ADDNX CF.EXISTS CF.DEL \
         CF.RESERVE CF.COUNT CMS.INCRBY CMS.QUERY TOPK.ADD TOPK.QUERY TOPK.LIST TDIGEST.ADD TDIGEST.QUANTILE \
         TS.ADD TS.CREATE TS.GET TS.RANGE TS.REVRANGE TS.INCRBY TS.DECRBY TS.INFO VADD VSIM VREM VCARD VEMB VGETATTR",
    ),
    (
        "kk",
        "",
        "HGET HSETNX HEXISTS HSTRLEN HINCRBY HINCRBYFLOAT LMOVE BLMOVE RPOPLPUSH BRPOPLPUSH SMOVE COPY LCS RENAME RENAMENX \
         ZRANGESTORE GEOSEARCHSTORE",
    ),
    ("k", "k", "HMGET HDEL"),
    ("k", "kv", "HSET HMSET"),
    ("", "kv", "MSET MSETNX"),
    ("", "kvv", "JSON.MSET TS.MADD"),
    ("l", "", "BLPOP BRPOP BZPOPMIN BZPOPMAX JSON.MGET"),
    ("vvk", "", "MIGRATE"),
    ("x", "", "XREAD"),
    // `GROUP`, the group and the consumer, whatever their names.
    ("vvvx", "", "XREADGROUP"),
    (
        "",
        "k",
        "MGET DEL UNLINK EXISTS TOUCH WATCH SINTER SUNION SDIFF SINTERSTORE SUNIONSTORE SDIFFSTORE PFCOUNT PFMERGE \
         SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE",
    ),
    ("s", "k", "BITOP"),
    (
        "n",
        "",
        "ZUNION ZINTER ZDIFF ZINTERCARD SINTERCARD LMPOP ZMPOP",
    ),
    ("kn", "", "ZUNIONSTORE ZINTERSTORE ZDIFFSTORE"),
    ("vn", "", "BLMPOP BZMPOP EVAL EVAL_RO"),
    ("pn", "", "EVALSHA EVALSHA_RO FCALL FCALL_RO"),
    (
        "s",
        "",
        "ACL CLIENT CLUSTER COMMAND CONFIG DEBUG FUNCTION LATENCY MODULE PUBSUB SCRIPT SENTINEL SLOWLOG",
    ),
    ("sk", "", "MEMORY OBJECT XGROUP XINFO"),
    (
        "",
        "",
        "AUTH HELLO PING ECHO SELECT SWAPDB QUIT RESET INFO TIME ROLE LOLWUT DBSIZE KEYS SCAN RANDOMKEY FLUSHALL FLUSHDB \
         MULTI EXEC DISCARD UNWATCH MSETEX WAIT WAITAOF \
         SAVE BGSAVE BGREWRITEAOF LASTSAVE SHUTDOWN FAILOVER REPLICAOF SLAVEOF REPLCONF SYNC PSYNC MONITOR ASKING \
         READONLY READWRITE TS.MGET TS.MRANGE FT._LIST",
    ),
];

static SORTED: LazyLock<Vec<Command>> = LazyLock::new(|| {
    let of_shape = |&(head, tail, names): &(&'static str, &'static str, &'static str)| {
        names.split_ascii_whitespace().map(move |name| Command {
            name,
            shape: Shape { head, tail },
        })
    };
    let mut commands: Vec<_> = COMMANDS.iter().flat_map(of_shape).collect();
    commands.sort_unstable_by_key(|command| command.name);
    commands
});

/// Names become attributes of a metric, so there is an end to their length and to their number.
const MAX_NAME: usize = 32;
const MAX_UNKNOWN: usize = 64;
const OTHER: Command = Command {
    name: "_OTHER",
    shape: Shape::VALUES,
};

/// The names of commands that the table does not have.
static UNKNOWN: RwLock<Vec<&'static str>> = RwLock::new(Vec::new());

/// The command of this name, in whichever case.
pub(crate) fn lookup(name: &[u8]) -> Command {
    let mut upper = [0; MAX_NAME];
    let Some(upper) = upper.get_mut(..name.len()) else {
        return OTHER;
    };
    upper.copy_from_slice(name);
    upper.make_ascii_uppercase();
    let Ok(name) = std::str::from_utf8(upper) else {
        return OTHER;
    };
    let commands = &*SORTED;
    match commands.binary_search_by_key(&name, |command| command.name) {
        Ok(found) => commands.get(found).copied().unwrap_or(OTHER),
        Err(_) => unknown(name),
    }
}

fn unknown(name: &str) -> Command {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.bytes().all(is_part) {
        return OTHER;
    }
    let known = |names: &[&'static str]| {
        names
            .iter()
            .find(|known| **known == name)
            .map(|name| Command {
                name,
                shape: Shape::VALUES,
            })
    };
    if let Some(command) = known(&UNKNOWN.read().unwrap_or_else(PoisonError::into_inner)) {
        return command;
    }
    let mut names = UNKNOWN.write().unwrap_or_else(PoisonError::into_inner);
    // Another thread may have been first.
    if let Some(command) = known(&names) {
        return command;
    }
    if names.len() >= MAX_UNKNOWN {
        return OTHER;
    }
    let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.push(name);
    Command {
        name,
        shape: Shape::VALUES,
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn no_command_is_in_the_table_twice() {
        let twice: Vec<_> = SORTED
            .windows(2)
            .filter(|pair| pair[0].name == pair[1].name)
            .collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(
            lookup(b"hset"),
            Command {
                name: "HSET",
                shape: Shape {
                    head: "k",
                    tail: "kv"
                }
            }
        );
        assert_eq!(lookup(b"HSET"), lookup(b"hSet"));
        assert_eq!(lookup(b"json.get").name, "JSON.GET");
    }

    #[test]
    fn names_that_are_none_are_other() {
        let long = [b'A'; MAX_NAME + 1];
        for name in [
            &b""[..],
            b"GET secret",
            b"1ST",
            b".GET",
            "G\u{c9}T".as_bytes(),
            b"\xff",
            &long,
        ] {
            assert_eq!(lookup(name), OTHER, "{name:?}");
        }
    }

    #[test]
    fn there_is_an_end_to_unknown_names() {
        let names: std::collections::HashSet<_> = (0..2 * MAX_UNKNOWN)
            .map(|index| lookup(format!("module.command-{index}").as_bytes()).name)
            .collect();
        assert!(names.len() <= MAX_UNKNOWN + 1, "{}", names.len());
        assert!(names.contains("_OTHER") && names.contains("MODULE.COMMAND-0"));
        assert_eq!(lookup(b"Module.Command-0").name, "MODULE.COMMAND-0");
    }
}
