-- Version 1 as it was released. Never edited: later versions are tested against it.

CREATE TABLE conversations (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  deleted_at TEXT,
  leaf_id TEXT,
  title TEXT NOT NULL DEFAULT '',
  profile TEXT,
  model TEXT,
  settings TEXT NOT NULL DEFAULT '{}',
  draft TEXT NOT NULL DEFAULT '',
  system_prompt TEXT
);

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  parent_id TEXT REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
  role TEXT NOT NULL,
  status TEXT NOT NULL,
  writer TEXT,
  created_at TEXT NOT NULL,
  first_token_at TEXT,
  finished_at TEXT,
  deleted_at TEXT,
  profile TEXT,
  model TEXT,
  finish_reason TEXT,
  input_tokens INTEGER,
  output_tokens INTEGER,
  error_kind TEXT,
  error_text TEXT,
  content TEXT NOT NULL,
  reasoning TEXT NOT NULL DEFAULT '',
  structured TEXT
);

CREATE INDEX conversations_recent ON conversations (updated_at) WHERE deleted_at IS NULL;

CREATE INDEX messages_of ON messages (conversation_id, deleted_at);

CREATE INDEX messages_after ON messages (parent_id);

CREATE INDEX messages_streaming ON messages (status) WHERE status = 'streaming';

CREATE INDEX messages_asked ON messages (created_at)
WHERE role = 'user' AND deleted_at IS NULL;

PRAGMA user_version = 1;

INSERT INTO conversations (id, created_at, updated_at, leaf_id, title, profile, model, settings, draft)
VALUES ('c1', '2026-01-02T03:04:05.000006+00:00', '2026-01-02T03:04:09.000000+00:00', 'm3',
        'Why is the sky blue?', 'work', 'm-1', '{"temperature":0.5}', 'And at sun');

INSERT INTO messages (id, conversation_id, parent_id, role, status, created_at, content, finish_reason,
                      structured, writer)
VALUES
  ('m1', 'c1', NULL, 'user', 'complete', '2026-01-02T03:04:05.000006+00:00',
   'Why is the sky blue? 天空为什么是蓝色的', NULL, NULL, NULL),
  ('m2', 'c1', 'm1', 'assistant', 'complete', '2026-01-02T03:04:06.000000+00:00',
   'Air scatters blue light.', 'stop', '{"colour":"blue"}', NULL),
  ('m3', 'c1', 'm1', 'assistant', 'streaming', '2026-01-02T03:04:09.000000+00:00',
   'The li', NULL, NULL, 'w1');
