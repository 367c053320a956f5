"""PynamoDB: models, their indexes, conditions, updates and batches."""

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
from pynamodb.exceptions import DoesNotExist, PutError, TableDoesNotExist, UpdateError
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    KeysOnlyProjection,
    LocalSecondaryIndex,
)
from pynamodb.models import Model


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
        table_name = "books"
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
        table_name = "accounts"
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
