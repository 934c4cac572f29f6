"""Hooks of schemathesis, for parameters whose values JSON Schema cannot describe.

An expression (`where`) and a key (`by`) are any text in the description. Generated texts would be invalid nearly always,
although the description permits them, so the generator gets a few values that the server accepts.
"""

import schemathesis

# Values of each API by the parameter, under the start of the paths of the API's collection.
VALUES = {
    "/api/v1/directory/identities": {
        "where": ['state eq "active"', "not (email pr)", 'timestamp.created_at ge "2024-01-01" or vendor_id eq null'],
        "by": ["state", "email:domain", "timestamp.created_at:month", "TIMESTAMP.Created_At:age(30d)", "vendor_id:prefix(3)"],
    },
    "/api/identities": {
        "where": ['status eq "Active"', "not (emailAddress pr)", 'createdDate ge "2024-01-01" or office eq null'],
        "by": ["status", "emailAddress:domain", "createdDate:weekday", "CREATEDDATE:age(30d)", "office:presence"],
    },
}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Restricts the texts of expressions and keys to values that are accepted."""
    for path, item in raw_schema["paths"].items():
        collection = path.removeprefix("/idq/v1").removesuffix("/counts")
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                values = VALUES.get(collection, {}).get(parameter["name"])
                if values:
                    parameter["schema"]["items"]["enum"] = values
