"""The dump as a DuckDB file, and as a PostgreSQL database with an index for each kind of query."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "compare"))

from apis import PROVISIONR  # noqa: E402
from question import at  # noqa: E402


class DuckDb:
    """A DuckDB file with one table; workers receive its path."""

    def __init__(self, python, work, dump):
        self.python, self.dump, self.file = python, dump, work / f"{dump.stem}.duckdb"

    def __enter__(self):
        if not self.file.exists():
            unfinished = self.file.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            types = {"timestamp": "::TIMESTAMPTZ"}
            columns = ", ".join(
                f"(json->>'$.{column.path}'){types.get(column.kind, '')} AS {column.name}" for column in PROVISIONR.columns
            )
            script = (
                "import duckdb, sys\n"
                "connection = duckdb.connect(sys.argv[1])\n"
                f"connection.execute(\"\"\"CREATE TABLE people AS SELECT json::VARCHAR AS record, {columns} "
                "FROM read_ndjson_objects('\"\"\" + sys.argv[2] + \"\"\"')\"\"\")\n"
            )
            subprocess.run([self.python, "-c", script, unfinished, self.dump], check=True)
            unfinished.rename(self.file)
        return str(self.file)

    def __exit__(self, *_):
        pass


class Postgres:
    """A PostgreSQL server in the work folder, for this run; workers receive its connection string."""

    def __init__(self, python, work, dump):
        self.dump = dump
        self.programs = programs()
        # PostgreSQL refuses to run as root, and its user cannot read root's folders.
        self.folder = Path(tempfile.gettempdir()) / f"idq-serve-bench-{dump.stem}" if os.geteuid() == 0 else work / "postgresql"
        self.prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.database = f"host={self.folder} dbname=postgres user={'postgres' if self.prefix else os.environ.get('USER', '')}"

    def __enter__(self):
        if not (self.folder / "filled").exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            if self.prefix:
                shutil.chown(self.folder, "postgres", "postgres")
                self.folder.chmod(0o755)
            self._run("initdb", "-D", self.folder / "data", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8")
        self._start()
        if not (self.folder / "filled").exists():
            self._fill()
            (self.folder / "filled").touch()
        return self.database

    def __exit__(self, *_):
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "fast", "stop")

    def _start(self):
        settings = (
            f"-c listen_addresses= -c unix_socket_directories={self.folder} -c shared_buffers=4GB -c work_mem=64MB "
            "-c maintenance_work_mem=1GB -c max_wal_size=8GB -c jit=off -c fsync=off"
        )
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-t", "120", "-l", log, "-o", settings, "start")

    def _run(self, program, *arguments):
        command = [*self.prefix, self.programs / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def _psql(self, *arguments, **how):
        command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.database, *arguments]
        return subprocess.Popen([*self.prefix, *command], text=True, cwd=self.folder, **how)

    def _fill(self):
        """Copies the records, then makes an index for every filter and sort."""
        types = {"timestamp": "timestamptz"}
        columns = PROVISIONR.columns
        table = ", ".join(f"{column.name} {types.get(column.kind, 'text')}" for column in columns)
        self._sql(f"CREATE TABLE people (position bigint PRIMARY KEY, record text NOT NULL, {table})")
        copy = self._psql("-c", "COPY people FROM STDIN WITH (FORMAT csv)", stdin=subprocess.PIPE)
        rows = csv.writer(copy.stdin)
        with open(self.dump, encoding="utf-8") as lines:
            for position, line in enumerate(lines):
                record = json.loads(line)
                values = (value(record, column) for column in columns)
                rows.writerow([position, line.rstrip("\n"), *values])
        copy.stdin.close()
        assert copy.wait() == 0, "the records could not be copied"
        self._sql("CREATE EXTENSION pg_trgm")
        for column in columns:
            name = column.name
            if column.kind == "document":
                self._sql(f"CREATE INDEX ON people USING gin (lower({name}) gin_trgm_ops)")
                continue
            key = f"lower({name}) " if column.folded else name
            self._sql(f"CREATE INDEX ON people ({key} NULLS FIRST, position)")
            self._sql(f"CREATE INDEX ON people ({key} DESC NULLS LAST, position)")
            if column.folded:
                self._sql(f"CREATE INDEX ON people ({name})")
            if column.kind == "text":
                self._sql(f"CREATE INDEX ON people USING gin (lower({name}) gin_trgm_ops)")
        self._sql("VACUUM ANALYZE people")

    def _sql(self, statement):
        assert self._psql("-c", statement).wait() == 0, statement


def programs():
    """Returns the folder with `initdb` and `pg_ctl`, which Debian does not put on the path."""
    for name in ("pg_ctl", "postgres"):
        if found := shutil.which(name):
            return Path(found).resolve().parent
    return Path(subprocess.check_output(["pg_config", "--bindir"], text=True).strip())


def value(record, column):
    """Returns a field's value, a document as its JSON text."""
    found = at(record, column.path)
    if column.kind == "document":
        return None if found is None else json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return found


KINDS = {"duckdb": DuckDb, "postgresql": Postgres}
