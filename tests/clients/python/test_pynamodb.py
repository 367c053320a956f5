"""PynamoDB: models, their indexes, conditions, updates, batches and transactions."""

import uuid
from datetime import datetime, timezone

import pytest
from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import (
    DoesNotExist,
    PutError,
    TableDoesNotExist,
    TransactGetError,
    TransactWriteError,
    UpdateError,
)
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    KeysOnlyProjection,
    LocalSecondaryIndex,
)
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

from conftest import named


class ByGenre(GlobalSecondaryIndex):
    class Meta:
        index_name = "by_genre"
        projection = KeysOnlyProjection()

    genre = UnicodeAttribute(hash_key=True)
    year = NumberAttribute(range_key=True)


class ByYear(LocalSecondaryIndex):
    class Meta:
        index_name = "by_year"
        projection = AllProjection()

    author = UnicodeAttribute(hash_key=True)
    year = NumberAttribute(range_key=True)


class Shelf(MapAttribute):
    room = UnicodeAttribute()
    row = NumberAttribute(null=True)


class Book(Model):
    class Meta:
        table_name = named("books")
        billing_mode = "PAY_PER_REQUEST"

    author = UnicodeAttribute(hash_key=True)
    title = UnicodeAttribute(range_key=True)
    year = NumberAttribute()
    genre = UnicodeAttribute(null=True)
    lent = BooleanAttribute(default=False)
    readers = UnicodeSetAttribute(null=True)
    marks = ListAttribute(of=NumberAttribute, default=list)
    shelf = Shelf(null=True)
    bought = UTCDateTimeAttribute(null=True)
    by_genre = ByGenre()
    by_year = ByYear()


class Account(Model):
    class Meta:
        table_name = named("accounts")
        billing_mode = "PAY_PER_REQUEST"

    id = UnicodeAttribute(hash_key=True)
    balance = NumberAttribute(default=0)
    version = VersionAttribute()


@pytest.fixture(autouse=True)
def models(settings):
    """Points the models to the process, with tables that are made anew for each test."""
    for model in (Book, Account):
        meta = model.Meta
        meta.host, meta.region = settings["endpoint_url"], settings["region_name"]
        meta.aws_access_key_id = settings["aws_access_key_id"]
        meta.aws_secret_access_key = settings["aws_secret_access_key"]
        meta.aws_session_token = settings["aws_session_token"]
        model.create_table(wait=True)
    yield
    for model in (Book, Account):
        model.delete_table()


@pytest.fixture
def library():
    """Four books, two of which have a genre."""
    books = [
        Book("lem", "solaris", year=1961, genre="novel"),
        Book("lem", "eden", year=1959, genre="novel"),
        Book("lem", "fiasco", year=1986),
        Book("eco", "baudolino", year=2000),
    ]
    with Book.batch_write() as batch:
        for book in books:
            batch.save(book)
    return books


def titles(books):
    return [book.title for book in books]


def test_a_table_exists_until_it_is_deleted():
    existed = Book.exists()
    Book.delete_table()

    assert existed
    assert not Book.exists()
    with pytest.raises(TableDoesNotExist):
        Book.describe_table()
    Book.create_table(wait=True)


def test_a_model_of_every_type_comes_back():
    bought = datetime(2026, 2, 1, 12, 30, tzinfo=timezone.utc)
    saved = Book(
        "lem", "eden", year=1959, lent=True, readers={"ann", "bob"}, marks=[1, 2.5], bought=bought
    )
    saved.shelf = Shelf(room="north", row=3)

    saved.save()
    found = Book.get("lem", "eden", consistent_read=True)

    assert found.serialize() == saved.serialize()
    assert (found.bought, found.readers, found.shelf.row) == (bought, {"ann", "bob"}, 3)


def test_a_deleted_model_does_not_exist(library):
    library[0].delete()

    with pytest.raises(DoesNotExist):
        Book.get("lem", "solaris")
    assert titles(Book.query("lem")) == ["eden", "fiasco"]


def test_queries_by_condition_direction_and_filter(library):
    assert titles(Book.query("lem", Book.title.startswith("s"))) == ["solaris"]
    assert titles(Book.query("lem", Book.title >= "f", scan_index_forward=False)) == [
        "solaris",
        "fiasco",
    ]
    assert titles(Book.query("lem", filter_condition=Book.year > 1960)) == ["fiasco", "solaris"]
    assert Book.count("lem", filter_condition=Book.genre.exists()) == 2


def test_queries_of_the_indexes(library):
    assert titles(Book.by_genre.query("novel", Book.year < 1961)) == ["eden"]
    assert titles(
        Book.by_year.query("lem", Book.year.between(1960, 1990), consistent_read=True)
    ) == [
        "solaris",
        "fiasco",
    ]
    assert Book.by_genre.count("novel") == 2
    assert sorted(titles(Book.by_genre.scan())) == ["eden", "solaris"]


def test_pages_of_a_query_and_of_a_scan(library):
    first = Book.query("lem", limit=2)
    assert titles(first) == ["eden", "fiasco"]
    assert titles(Book.query("lem", last_evaluated_key=first.last_evaluated_key)) == ["solaris"]

    every = sorted(titles(Book.scan(page_size=1)))
    split = [titles(Book.scan(segment=segment, total_segments=2)) for segment in range(2)]
    assert every == sorted(split[0] + split[1]) == ["baudolino", "eden", "fiasco", "solaris"]
    assert titles(Book.scan(Book.author == "eco")) == ["baudolino"]


def test_an_update_changes_the_model_too(library):
    book = Book.get("lem", "eden")
    book.update(
        actions=[
            Book.year.set(Book.year + 1),
            Book.marks.set(Book.marks.append([5])),
            Book.readers.add({"ann"}),
            Book.shelf.set(Shelf(room="north")),
            Book.genre.remove(),
        ],
        condition=(Book.lent == False) & Book.shelf.does_not_exist(),  # noqa: E712
    )
    book.update(actions=[Book.shelf.row.set(4)])

    assert (book.year, book.marks, book.readers, book.genre) == (1960, [5], {"ann"}, None)
    assert (book.shelf.room, book.shelf.row) == ("north", 4)
    assert Book.get("lem", "eden").serialize() == book.serialize()
    assert titles(Book.by_genre.query("novel")) == ["solaris"]


def test_a_failed_condition_is_told(library):
    with pytest.raises(PutError) as put:
        Book("lem", "eden", year=0).save(Book.title.does_not_exist())
    with pytest.raises(UpdateError) as update:
        library[1].update(actions=[Book.year.set(0)], condition=Book.year.is_in(1, 2))

    assert put.value.cause_response_code == "ConditionalCheckFailedException"
    assert update.value.cause_response_code == "ConditionalCheckFailedException"
    assert update.value.cause_response_message == "The conditional request failed"
    assert Book.get("lem", "eden").year == 1959


def test_a_batch_of_more_than_one_request():
    with Book.batch_write() as batch:
        for number in range(60):
            batch.save(Book("eco", f"{number:02}", year=number))
    with Book.batch_write() as batch:
        batch.delete(Book("eco", "00", year=0))

    found = Book.batch_get([("eco", "00"), ("eco", "01"), ("eco", "59")])
    assert sorted(titles(found)) == ["01", "59"]
    assert Book.count("eco") == 59


def test_a_version_lets_only_the_first_writer_through():
    Account("7").save()
    mine, theirs = Account.get("7"), Account.get("7")

    theirs.update(actions=[Account.balance.add(5)])
    mine.balance = 9
    with pytest.raises(PutError) as refusal:
        mine.save()

    assert refusal.value.cause_response_code == "ConditionalCheckFailedException"
    assert (theirs.version, theirs.balance) == (2, 5)
    assert Account.get("7").attribute_values == {"id": "7", "balance": 5, "version": 2}


@pytest.fixture
def connection(settings):
    return Connection(
        region=settings["region_name"],
        host=settings["endpoint_url"],
        aws_access_key_id=settings["aws_access_key_id"],
        aws_secret_access_key=settings["aws_secret_access_key"],
        aws_session_token=settings["aws_session_token"],
    )


@pytest.fixture
def accounts():
    """Three of them, with 100 each."""
    made = [Account(id, balance=100) for id in ("ann", "bob", "eve")]
    for account in made:
        account.save()
    return made


def balances():
    return {account.id: account.balance for account in Account.scan(consistent_read=True)}


def transfer(connection, giver, taker, amount, **options):
    with TransactWrite(connection=connection, **options) as transaction:
        transaction.update(
            giver,
            actions=[Account.balance.add(-amount)],
            condition=Account.balance >= amount,
            return_values="ALL_OLD",
        )
        transaction.update(taker, actions=[Account.balance.add(amount)])


def test_a_transaction_changes_all_or_nothing(connection, accounts):
    ann, bob, eve = accounts

    transfer(connection, ann, bob, 70)
    for model in (ann, bob):
        model.refresh()
    with pytest.raises(TransactWriteError) as refused:
        transfer(connection, ann, eve, 70)

    assert balances() == {"ann": 30, "bob": 170, "eve": 100}
    assert refused.value.cause_response_code == "TransactionCanceledException"
    [reason, other] = refused.value.cancellation_reasons
    assert reason.code == "ConditionalCheckFailed"
    assert reason.message == "The conditional request failed"
    assert reason.raw_item["balance"] == {"N": "30"}
    assert other is None


def test_a_transaction_of_every_kind(connection, accounts):
    ann, bob, eve = accounts

    with TransactWrite(connection=connection) as transaction:
        transaction.condition_check(Account, "ann", condition=Account.balance == 100)
        transaction.delete(bob)
        transaction.update(eve, actions=[Account.balance.add(100)])
        transaction.save(Account("new", balance=0), condition=Account.id.does_not_exist())

    assert balances() == {"ann": 100, "eve": 200, "new": 0}


def test_a_model_of_an_older_version_cancels(connection, accounts):
    ann, bob, _ = accounts
    older = Account.get("ann")
    transfer(connection, ann, bob, 10)

    with pytest.raises(TransactWriteError) as refused:
        transfer(connection, older, bob, 10)

    assert [reason and reason.code for reason in refused.value.cancellation_reasons] == [
        "ConditionalCheckFailed",
        None,
    ]
    assert balances()["ann"] == 90


def test_a_token_makes_a_transaction_happen_once(connection, accounts):
    token = str(uuid.uuid4())
    for _ in range(3):
        ann, bob = Account("ann", version=1), Account("bob", version=1)
        transfer(connection, ann, bob, 10, client_request_token=token)

    with pytest.raises(TransactWriteError) as refused:
        transfer(connection, *accounts[:2], 11, client_request_token=token)

    assert balances() == {"ann": 90, "bob": 110, "eve": 100}
    assert refused.value.cause_response_code == "IdempotentParameterMismatchException"


def test_items_are_read_at_one_moment(connection, accounts):
    with TransactGet(connection=connection) as transaction:
        ann = transaction.get(Account, "ann")
        nobody = transaction.get(Account, "nobody")

    assert ann.get().balance == 100
    with pytest.raises(DoesNotExist):
        nobody.get()


def test_a_read_of_a_table_that_is_not_there_is_told(connection):
    class Elsewhere(Account):
        class Meta:
            table_name = named("elsewhere")
            host = Account.Meta.host
            region = Account.Meta.region

        id = UnicodeAttribute(hash_key=True)

    with pytest.raises((TransactGetError, TableDoesNotExist)):
        with TransactGet(connection=connection) as transaction:
            transaction.get(Elsewhere, "ann")
