"""Events, reviews, products and customers: their own kinds of faults, types and names."""

from __future__ import annotations

from datetime import date, datetime

from segmentation.data.privacy import PrivacyOptions


def test_events_in_the_words_of_many_shops(read) -> None:
    words = [
        "pv",
        "page_view",
        "搜索",
        "fav",
        "wishlist",
        "addtocart",
        "加购",
        "begin_checkout",
        "buy",
        "Kauf",
    ]
    rows = "".join(f"u1,2020-01-02 10:00:{i:02d},{word},p1\n" for i, word in enumerate(words))
    shop = read(events="user_id,event_time,event_type,product_id\n" + rows)

    assert shop.column("kind", "events") == [
        "view",
        "view",
        "search",
        "wishlist",
        "wishlist",
        "cart",
        "cart",
        "checkout",
        "purchase",
        "purchase",
    ]


def test_events_of_an_unknown_kind_are_told_and_can_be_mapped(read) -> None:
    text = "user_id,at,event,item_id\nu1,2020-01-02,view,p1\nu1,2020-01-02,remove_from_cart,p1\n"
    shop = read(events=text)

    assert shop.reasons("events") == {"unknown kind of event": 1}
    mapped = read(events=text, mapping={"events": {"kinds": {"remove_from_cart": "view"}}})
    assert mapped.column("kind", "events") == ["view", "view"]


def test_events_without_a_kind_are_views_or_searches_and_it_is_said(read) -> None:
    shop = read(events="user_id,at,query\nu1,2020-01-02,\nu1,2020-01-03,red mug\n")

    assert shop.column("kind", "events") == ["view", "search"]
    assert "events: no column says the kind of event" in shop.report.assumptions[0]


def test_search_queries_are_scrubbed_and_counted(read) -> None:
    shop = read(events="user_id,at,event,query\nu1,2020-01-02,search,mug for anna@example.com\n")

    assert shop.column("query", "events") == ["mug for [email]"]
    assert shop.report.privacy == ["events: scrubbed from distinct texts: 1 email"]


def test_event_times_in_milliseconds(read) -> None:
    shop = read(events="visitorid,timestamp,event,itemid\n1,1511544070000,view,2\n")

    assert shop.column("at", "events") == [datetime(2017, 11, 24, 17, 21, 10)]
    assert "read in the time zone UTC, for no time zone was given" in shop.report.assumptions[0]


def test_event_times_in_the_shops_time_zone(read) -> None:
    text = "visitorid,timestamp,event,itemid\n1,1511544070,view,2\n"

    assert read(events=text, mapping={"timezone": "+08:00"}).column("at", "events") == [
        datetime(2017, 11, 25, 1, 21, 10)
    ]


def test_reviews(read) -> None:
    shop = read(
        reviews="customer_id,product_id,rating,title,review,date\n"
        "1,p1,5,Great,Write to a@b.com,2020-01-02\n"
        "2,p1,9,,bad,2020-01-03\n"
        "3,p1,,,,2020-01-03\n"
        ",p1,4,,good,2020-01-03\n"
        "4,p1,excellent,,good,2020-01-03\n"
        "5,p1,4.5,,,\n"
    )

    assert shop.column("text", "reviews") == ["Great. Write to [email]", None]
    assert shop.column("rating", "reviews") == [5.0, 4.5]
    assert shop.reasons("reviews") == {
        "no customer": 1,
        "unreadable number": 1,
        "rating out of range": 1,
        "neither rating nor text": 1,
    }


def test_the_quarantine_holds_scrubbed_texts(read) -> None:
    shop = read(reviews="customer_id,review,date\n1,ok,2020-01-02\n,call a@b.com,2020-01-02\n")

    assert shop.quarantine("reviews")["review"].tolist() == ["call [email]"]


def test_stars_and_fractions_are_ratings(read) -> None:
    shop = read(reviews="customer_id,rating\n1,★★★★☆\n2,3/5\n3,5 stars\n4,2 Sterne\n")

    assert shop.column("rating", "reviews") == [4.0, 3.0, 5.0, 2.0]


def test_a_scale_of_ten_is_divided_and_said(read) -> None:
    shop = read(reviews="customer_id,rating\n" + "".join(f"{i},{i % 10 + 1}\n" for i in range(40)))

    assert set(shop.column("rating", "reviews")) == {x / 2 for x in range(1, 11)}
    assert shop.report.assumptions == [
        "reviews: ratings in rating go up to 10; they were divided by 2"
    ]


def test_products(read) -> None:
    shop = read(
        products="sku,name,category,brand,price,stock,colour\n"
        "p1,Mug,Kitchen,Acme,3.5,10,red\n"
        "p1,Mug again,Kitchen,Acme,3.5,10,red\n"
        "p2,,Kitchen,Acme,2,,red\n"
        "p3,Cup,Kitchen,Acme,cheap,1,blue\n"
        "p4,Cup,Kitchen,Acme,-1,1,blue\n"
        ",,Kitchen,Acme,1,1,blue\n"
    )

    assert shop.column("product_id", "products") == ["p1", "p2"]
    assert shop.column("product", "products") == ["Mug", "Kitchen p2"]
    assert shop.column("stock", "products")[0] == 10.0
    assert shop.reasons("products") == {
        "no product id": 1,
        "unreadable number": 1,
        "negative price": 1,
        "duplicate product id": 1,
    }
    assert [r.example for r in shop.report.reasons][-1] == 'products.csv line 3: sku is "p1"'


def test_customers(read) -> None:
    shop = read(
        customers="Kundennummer,Name,E-Mail,Land,Kunde seit,Newsletter,Alter,PLZ,is_member\n"
        "001,Anna Schmidt,a@b.de,Deutschland,31.01.2020,ja,33,01234,1\n"
        "002,Bernd Meier,b@b.de,Österreich,01.02.2020,nein,44,10115,0\n"
        "002,Bernd Meier,b@b.de,Österreich,01.02.2020,nein,44,10115,0\n"
        "003,Clara Huber,c@b.de,Schweiz,bald,ja,55,10115,1\n"
        "004,Dora Weber,d@b.de,Schweiz,,,,,\n"
        "005,Emil Vogel,e@b.de,Schweiz,,vielleicht,,,\n"
    )
    rows = shop.rows("customers").set_index("customer_id")

    assert list(rows.index) == ["001", "002", "004"]
    assert list(rows.columns) == ["signup_date", "consent", "country", "age", "plz", "is_member"]
    assert rows.loc["001"].tolist() == [
        date(2020, 1, 31),
        True,
        "Deutschland",
        33,
        "01234",
        True,
    ] or (
        rows.loc["001"].tolist()[1:] == [True, "Deutschland", 33.0, "01234", True]
        and rows.loc["001", "signup_date"].date() == date(2020, 1, 31)
    )
    assert shop.reasons("customers") == {
        "unreadable date": 1,
        "unreadable consent": 1,
        "duplicate customer id": 1,
    }


def test_customers_keep_what_was_asked_for(read) -> None:
    text = "customer_id,name,email\n1,Anna Smith,anna@example.com\n2,Bob Jones,bob@example.com\n"
    shop = read(customers=text, privacy=PrivacyOptions(keep=frozenset({"email"})))

    assert list(shop.rows("customers").columns) == ["customer_id", "email"]
    assert shop.report.privacy == ["customers: column 'name' was dropped (name)"]


def test_faults_of_several_tables_are_one_error(read) -> None:
    import pytest

    from segmentation.types import InputError

    with pytest.raises(InputError) as error:
        read(orders="colour,size\nred,1\n", reviews="customer_id,date\n1,2020-01-02\n")

    assert "2 things are wrong with the data" in str(error.value)
    assert "in the orders, no column" in str(error.value) and "in the reviews, no column" in str(
        error.value
    )


def test_notes_about_customers_are_scrubbed(read) -> None:
    notes = "please call me back at a@b.com,please do not write to me,she likes the red mug best"
    rows = "".join(f"{i},UK,{note}\n" for i, note in enumerate(notes.split(",")))
    shop = read(
        customers="customer_id,country,remarks\n" + rows + ",UK,he is at c@d.com these days\n"
    )

    assert shop.column("remarks", "customers")[0] == "please call me back at [email]"
    assert shop.quarantine("customers")["remarks"].tolist() == ["he is at [email] these days"]
