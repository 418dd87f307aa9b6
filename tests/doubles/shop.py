"""A shop of a dozen customers that can be checked by hand, opened as a CustomerBase.

Ten bought (anna, bob, carl, dora, eve, finn, gina, hugo, ines, jack), lee only looked, mia only
wrote reviews; quinn only ever sent something back and rosa only registered: neither is in the base.
"""

from __future__ import annotations

from datetime import datetime
from io import StringIO

import ibis
import numpy as np
import pandas as pd

from segmentation.types import CustomerBase, Recipe, Segment, Segmentation

AS_OF = datetime(2024, 4, 1)

ORDERS = """
customer_id,order_id,ordered_at,product_id,product,category,quantity,unit_price,kind,is_charge,channel,country
anna,o1,2024-01-01T09:00,P1,Red mug,kitchen,2,5.00,sale,0,web,Germany
anna,o1,2024-01-01T09:00,P2,Blue plate,kitchen,1,8.00,sale,0,web,Germany
anna,o2,2024-01-01T18:30,P3,Oak candle,home,4,3.00,sale,0,store,Germany
anna,o3,2024-03-05T10:00,P1,Red mug,kitchen,1,5.50,sale,0,web,France
anna,o4,2024-03-09T10:00,P1,Red mug,kitchen,-1,5.50,return,0,web,France
bob,o5,2024-02-29T12:00,P2,Blue plate,kitchen,3,8.00,sale,0,web,Germany
bob,o5,2024-02-29T12:00,POST,POSTAGE,,1,4.00,sale,1,web,Germany
carl,o6,2024-01-15T08:00,P4,Tea towel,home,10,2.50,sale,0,store,France
carl,o7,2024-02-15T08:00,P4,Tea towel,home,10,2.50,sale,0,store,France
carl,o8,2024-03-15T08:00,P4,Tea towel,home,10,2.40,sale,0,store,France
dora,o9,2024-03-31T23:59,P5,Garden gnome,,1,40.00,sale,0,web,Spain
eve,o10,2024-01-31T11:00,P3,Oak candle,home,6,3.00,sale,0,web,Spain
eve,o10,2024-01-31T11:00,P9,Free sample,home,1,0.00,gift,0,web,Spain
eve,o11,2024-02-10T11:00,P3,Oak candle,home,-6,3.00,return,0,web,Spain
finn,o12,2024-02-05T15:00,P1,Red mug,kitchen,1,5.00,sale,0,web,Germany
finn,o13,2024-03-06T15:00,P1,RED MUG,kitchen,1,5.00,sale,0,web,Germany
gina,o14,2024-03-20T20:00,P2,Blue plate,kitchen,2,8.25,sale,0,store,France
hugo,o15,2024-01-08T07:00,P4,Tea towel,home,100,2.00,sale,0,web,Germany
ines,o16,2024-02-12T13:00,P5,Garden gnome,,2,39.00,sale,0,web,Germany
ines,o17,2024-02-12T14:00,P3,Oak candle,home,1,3.00,sale,0,web,Germany
jack,o18,2024-03-01T16:45,P2,Blue plate,kitchen,1,7.00,sale,0,web,France
quinn,o19,2024-03-02T16:45,P2,Blue plate,kitchen,-2,8.00,return,0,web,Germany
"""

EVENTS = """
customer_id,at,kind,product_id,session_id
anna,2024-03-05T09:40,view,P1,
anna,2024-03-05T09:55,cart,P1,
anna,2024-03-05T10:00,purchase,P1,
anna,2024-03-05T10:30,view,P2,
bob,2024-02-29T11:00,view,P2,s1
bob,2024-02-29T13:00,purchase,P2,s1
bob,2024-03-10T10:00,view,P3,s2
lee,2024-03-11T10:00,view,P5,
lee,2024-03-11T10:29,view,P5,
lee,2024-03-12T10:00,search,,
"""

REVIEWS = """
customer_id,at,product_id,rating
anna,2024-03-20,P1,5
bob,2024-03-21,P2,2
carl,2024-02-20,P4,4
mia,2024-03-22,P1,3
mia,,P2,
"""

CUSTOMERS = """
customer_id,country,signup_date,consent,source
anna,Germany,2023-05-01,True,email
bob,Germany,2023-06-01,False,email
carl,France,2023-06-15,True,ads
dora,Spain,2023-07-01,True,ads
eve,Spain,2023-07-09,False,
finn,Germany,2023-08-01,True,email
gina,France,2023-09-01,True,email
hugo,Germany,2024-01-01,False,ads
ines,Germany,2024-01-02,True,friend
jack,France,2024-02-01,True,friend
lee,Italy,2024-03-01,True,email
mia,Italy,2024-03-01,False,ads
rosa,Italy,2024-03-02,False,ads
"""

SEGMENTS = {
    1: ("Regulars", ["anna", "carl", "finn", "ines"]),
    2: ("One-timers", ["bob", "dora", "gina", "jack"]),
    3: ("Big baskets", ["eve", "hugo"]),
    0: ("Unassigned", ["lee", "mia"]),
}


def _read(text: str, *dates: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(text.strip()), parse_dates=list(dates), dtype={"is_charge": bool})


def frames() -> dict[str, pd.DataFrame]:
    """The tables as pandas reads them."""
    orders = _read(ORDERS, "ordered_at").astype({"quantity": float})
    reviews = _read(REVIEWS, "at")
    return {
        "orders": orders,
        "events": _read(EVENTS, "at"),
        "reviews": reviews,
        "customers": _read(CUSTOMERS, "signup_date"),
    }


def open_base(
    tables: dict[str, pd.DataFrame],
    segments: dict[int, tuple[str, list[str]]] = SEGMENTS,
    as_of: datetime = AS_OF,
) -> CustomerBase:
    """These tables as a CustomerBase: vectors say what was bought, each product a direction."""
    connection = ibis.duckdb.connect()
    opened = {
        name: connection.create_table(name, ibis.memtable(frame)) for name, frame in tables.items()
    }
    customers = sorted(customer for _, members in segments.values() for customer in members)
    label = {customer: number for number, (_, who) in segments.items() for customer in who}
    labels = np.array([label[customer] for customer in customers], dtype=np.int32)
    vectors = _vectors(tables["orders"], customers) if "orders" in tables else None
    vectors = np.eye(len(customers), dtype=np.float32) if vectors is None else vectors
    features = pd.DataFrame(
        {"vectors_filled": (vectors != 0).sum(axis=1).astype(float)},
        index=pd.Index(customers, name="customer_id"),
    )
    size = len(customers)
    return CustomerBase(
        tables=opened,
        features=features,
        vectors=vectors,
        views={"text": vectors},
        segmentation=Segmentation(
            id="first",
            recipe=Recipe(),
            method="kmeans",
            labels=labels,
            confidence=np.ones(size, dtype=np.float32),
            map=vectors[:, :2],
            segments=tuple(
                Segment(number, name, len(who), len(who) / size)
                for number, (name, who) in segments.items()
            ),
            metrics={"silhouette": 0.31, "davies_bouldin": 1.2, "calinski_harabasz": 20.5},
            verdict="constructed",
        ),
        as_of=as_of,
        currency="EUR",
    )


def _vectors(orders: pd.DataFrame, customers: list[str]) -> np.ndarray:
    sales = orders[orders.kind == "sale"]
    bought = sales.pivot_table(
        index="customer_id", columns="product_id", values="quantity", aggfunc="sum", fill_value=0
    )
    matrix = np.log1p(bought.reindex(customers, fill_value=0).to_numpy(dtype=np.float32))
    return matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
