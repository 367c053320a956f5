"""What the query tests read: orders of three customers, in a table with an index of either kind."""


def table(name):
    """The request that makes the table. `by_progress` holds only the orders that have any."""
    return {
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "placed", "AttributeType": "N"},
            {"AttributeName": "price", "AttributeType": "N"},
            {"AttributeName": "progress", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "placed", "KeyType": "RANGE"},
        ],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "by_price",
                "KeySchema": [
                    {"AttributeName": "customer", "KeyType": "HASH"},
                    {"AttributeName": "price", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by_progress",
                "KeySchema": [
                    {"AttributeName": "progress", "KeyType": "HASH"},
                    {"AttributeName": "placed", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }


def order(customer, placed, price, **texts):
    """An order as the low-level client writes it."""
    item = {"customer": {"S": customer}, "placed": {"N": str(placed)}, "price": {"N": str(price)}}
    return item | {name: {"S": text} for name, text in texts.items()}


def days(items):
    """When the items were placed, in their order; understands both clients."""
    found = [item["placed"] for item in items]
    return [int(day["N"] if isinstance(day, dict) else day) for day in found]


ORDERS = [
    order("ann", 1, 30, progress="open", note="a gift"),
    order("ann", 2, 10, progress="sent"),
    order("ann", 3, 20),
    order("ann", 10, 5, progress="open"),
    order("bob", 4, 50, progress="open"),
    order("cleo", 5, 40, progress="sent"),
]
