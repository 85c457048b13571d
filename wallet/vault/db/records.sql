-- What a vault holds, as SQLite tables. Version 1.
--
-- A vault is only opened when its tables are, letter for letter, the ones made here. So a
-- statement below is never edited once released, not even a space in it: a new version adds
-- statements and a way to go from the one before. Comments stand between statements, where
-- SQLite does not keep them.
--
-- Times are whole seconds since 1970, UTC. Nothing here is secret but the seeds, and those
-- are sealed before they come here.

PRAGMA application_id = 0x6E6B7731;
PRAGMA user_version = 1;

-- branch: where a key hangs in the tree. 0 the operators, -1 the keys that stand alone, else
-- the parent's id. place: the order among siblings, made from status and name. For the filter:
-- folded, the name in one case, NULL when it is so already; marks, kind, status and tags.
-- signing: the signing keys of operators and accounts, which hang beneath their owner.
-- expires and revoked say of the key's JWT what the tree shows of it.
CREATE TABLE keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 9999999999),
    public TEXT NOT NULL UNIQUE CHECK (length(public) = 56),
    kind TEXT NOT NULL CHECK (kind IN ('operator', 'account', 'user', 'server', 'cluster', 'curve')),
    signing INTEGER NOT NULL DEFAULT 0 CHECK (signing IN (0, 1)),
    parent INTEGER REFERENCES keys (id) ON DELETE CASCADE,
    branch INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128 AND instr(name, '/') = 0),
    place TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'retired')),
    created INTEGER NOT NULL CHECK (created BETWEEN 0 AND 253402300799),
    expires INTEGER CHECK (expires BETWEEN 0 AND 253402300799),
    revoked INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1)),
    tags TEXT NOT NULL DEFAULT '',
    notes TEXT NOT NULL DEFAULT '',
    folded TEXT,
    marks TEXT NOT NULL,
    CHECK (branch = ifnull(parent, CASE WHEN kind = 'operator' THEN 0 ELSE -1 END)),
    CHECK (parent IS NULL OR kind IN ('account', 'user') OR signing = 1),
    CHECK (signing = 0 OR (parent IS NOT NULL AND kind IN ('operator', 'account')))
) STRICT;

-- The tree asks for a window of one branch, in order. No path names two keys.
CREATE INDEX keys_in_order ON keys (branch, place);
CREATE UNIQUE INDEX keys_by_name ON keys (name, ifnull(parent, 0));
CREATE INDEX keys_by_parent ON keys (parent) WHERE parent IS NOT NULL;

-- How many keys hang on each branch, so that no question has to count them.
CREATE TABLE branches (
    id INTEGER PRIMARY KEY,
    keys INTEGER NOT NULL CHECK (keys >= 0)
) STRICT;

CREATE TRIGGER key_added AFTER INSERT ON keys BEGIN
    INSERT INTO branches (id, keys) VALUES (NEW.branch, 1)
        ON CONFLICT (id) DO UPDATE SET keys = keys + 1;
END;

CREATE TRIGGER key_moved AFTER UPDATE OF branch ON keys WHEN NEW.branch <> OLD.branch BEGIN
    UPDATE branches SET keys = keys - 1 WHERE id = OLD.branch;
    INSERT INTO branches (id, keys) VALUES (NEW.branch, 1)
        ON CONFLICT (id) DO UPDATE SET keys = keys + 1;
END;

CREATE TRIGGER key_deleted AFTER DELETE ON keys BEGIN
    UPDATE branches SET keys = keys - 1 WHERE id = OLD.branch;
    DELETE FROM branches WHERE id = OLD.id;
END;

-- A seed's cell: nonce 24, sealed seed 32, tag 16.
CREATE TABLE seeds (
    key INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
    cell BLOB NOT NULL CHECK (length(cell) = 72)
) STRICT;

-- The JWT in force of an operator, account or user.
CREATE TABLE tokens (
    key INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
    jwt TEXT NOT NULL CHECK (length(jwt) BETWEEN 1 AND 1048576)
) STRICT;

-- What a user may do where no JWT says it, for the server's configuration: the `nats` fields
-- of a user's JWT, as JSON.
CREATE TABLE unsigned (
    key INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
    nats TEXT NOT NULL CHECK (length(nats) BETWEEN 2 AND 1048576)
) STRICT;

CREATE TABLE tests (
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 253402300799),
    server TEXT NOT NULL,
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    verdict TEXT NOT NULL,
    summary TEXT NOT NULL
) STRICT;

CREATE INDEX tests_of_key ON tests (key, at);

CREATE TABLE servers (
    url TEXT PRIMARY KEY,
    used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Servers that have a name: their addresses, one a line, and the paths of TLS files.
CREATE TABLE profiles (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
    urls TEXT NOT NULL,
    ca TEXT NOT NULL,
    cert TEXT NOT NULL,
    key TEXT NOT NULL,
    monitor TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
