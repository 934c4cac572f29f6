"""The parts of the two APIs that peers need: columns and their collations."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A field of queries.

    Its kind is `text`, `keyword` (few distinct texts), `timestamp`, `document`, `number`, `boolean` or
    `list`; a list has objects with the columns `elements`. Sorts and expressions compare the texts of a folded column
    lowercased.
    """

    name: str
    path: str
    kind: str
    folded: bool = False
    elements: tuple = ()


@dataclass(frozen=True)
class Api:
    """An API by its name in `idq generate --api`, and the names of its requests."""

    name: str
    title: str
    columns: tuple
    per_page: int
    default_sort: tuple
    # The suffix that turns a date filter's stem into its column's name.
    date_suffix: str
    # Sort keys that are not the names of columns.
    sort_keys: dict
    total_key: str
    records_key: str
    # Columns of expressions and counts, beside those of filters and sorts.
    more_columns: tuple = ()

    def column(self, name):
        return next(column for column in self.columns if column.name == name)

    @property
    def extracted(self):
        """Returns the columns of the table for expressions and counts: paths in place of whole documents."""
        return (*(column for column in self.columns if column.kind != "document"), *self.more_columns)

    def document(self, path):
        """Returns the document that has a path, or None."""
        documents = (column for column in self.columns if column.kind == "document")
        return next((column for column in documents if path.startswith(f"{column.path}.")), None)

    def extracted_column(self, path):
        return next(column for column in self.extracted if column.path == path)


def _timestamps(*stems):
    return tuple(Column(f"{stem}_at", f"timestamp.{stem}_at", "timestamp") for stem in stems)


PROVISIONR = Api(
    name="provisionr",
    title="Provisionr",
    columns=(
        Column("id", "id", "text"),
        Column("state", "state", "keyword"),
        Column("vendor_id", "vendor_id", "text"),
        Column("email", "email", "text", folded=True),
        Column("profile", "profile", "document"),
        *_timestamps(
            "created", "updated", "deleted", "provisioned", "deprovisioned", "profile_changed", "last_authenticated"
        ),
        Column("workspace_integration_id", "included.workspace_integration.id", "keyword"),
        Column("directory_user_id", "included.directory_user.id", "text"),
        Column("user_full_name", "included.directory_user.full_name", "text", folded=True),
        Column("user_email", "included.directory_user.email", "text", folded=True),
    ),
    per_page=15,
    default_sort=(),
    date_suffix="_at",
    sort_keys={
        "source_id": "workspace_integration_id",
        "user_id": "directory_user_id",
        "user_full-name": "user_full_name",
    },
    total_key="total",
    records_key="data",
    more_columns=(
        Column("vendor", "included.workspace_integration.vendor", "keyword"),
        Column("manager_id", "included.directory_user.manager_id", "keyword"),
        Column("department", "profile.profile.department", "keyword", folded=True),
        Column("title", "profile.profile.title", "keyword", folded=True),
        Column("user_type", "profile.profile.userType", "keyword", folded=True),
        Column("score", "profile.score", "number"),
        Column(
            "emails",
            "profile.emails",
            "list",
            elements=(Column("address", "address", "text", folded=True), Column("main", "primary", "boolean")),
        ),
    ),
)

_FOLDED_KEYWORDS = ("title", "company", "division", "department", "office", "supervisorName")

PERMISSION_ASSIST = Api(
    name="permission-assist",
    title="Permission Assist",
    columns=(
        Column("id", "id", "text"),
        Column("kind", "kind", "keyword"),
        *(Column(name, name, "text", folded=True) for name in ("firstName", "lastName", "emailAddress")),
        Column("type", "type", "keyword"),
        *(Column(name, name, "keyword", folded=True) for name in _FOLDED_KEYWORDS),
        *(
            Column(name, name, "timestamp")
            for name in ("createdDate", "updatedDate", "firstSeenDate", "inactivatedDate")
        ),
        Column("status", "status", "keyword"),
    ),
    per_page=50,
    default_sort=(("lastName", False), ("firstName", False)),
    date_suffix="",
    sort_keys={},
    total_key="totalCount",
    records_key="items",
)

APIS = {api.name: api for api in (PROVISIONR, PERMISSION_ASSIST)}
