// @amazon-dax-sdk/client-dax, single items: values of every type, keys, what writes return, sizes.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DynamoDB } from '@aws-sdk/client-dynamodb'

import {
  cases,
  connect,
  newKey,
  newTable,
  newVisits,
  pages,
  plain,
  refusal,
} from './accelerator.mjs'
import { startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const dax = connect(`dax://${address}`)
const client = new DynamoDB({})
const shelf = await newTable()
const visits = await newVisits()

const VALUES = cases('values')
const KEYS = cases('keys')
const ITEM_BYTES_MAX = 400 * 1024
const EVERY_TYPE = Object.fromEntries(VALUES.map(({ name, value }) => [name, value]))

const newItem = () => ({ ...newKey(), value: { S: 'old' }, count: { N: '1' } })
const keyOf = ({ id }) => ({ id })

async function read(reader, item, options = {}) {
  const { Item } = await reader.getItem({ TableName: shelf, Key: keyOf(item), ...options })
  return plain(Item)
}

async function foundByQuery(reader, { id }) {
  const { Items } = await reader.query({
    TableName: shelf,
    KeyConditionExpression: 'id = :id',
    ExpressionAttributeValues: { ':id': id },
  })
  return plain(Items)
}

for (const { name, value } of VALUES) {
  test(`a value put through DAX is read by both: ${name}`, async () => {
    const item = { ...newKey(), value, inside: { L: [{ M: { it: value } }] } }

    await dax.putItem({ TableName: shelf, Item: item })

    for (const reader of [dax, client]) {
      for (const ConsistentRead of [false, true]) {
        assert.deepEqual(await read(reader, item, { ConsistentRead }), plain(item))
      }
    }
  })

  test(`a value put over HTTP is read through DAX: ${name}`, async () => {
    const item = { ...newKey(), value }

    await client.putItem({ TableName: shelf, Item: item })

    assert.deepEqual(await read(dax, item), plain(item))
    assert.deepEqual(await foundByQuery(dax, item), plain([item]))
  })
}

for (const N of cases('numbers')) {
  test(`a number keeps its value: ${N}`, async () => {
    const item = { ...newKey(), n: { N }, s: { NS: [N] }, l: { L: [{ N }] } }
    const other = { ...newKey(), n: { N } }

    await dax.putItem({ TableName: shelf, Item: item })
    await client.putItem({ TableName: shelf, Item: other })

    assert.deepEqual(await read(client, item), plain(item))
    assert.deepEqual(await read(dax, item), plain(item))
    assert.deepEqual(await read(dax, other), plain(other))
  })
}

test('an item of every type comes back', async () => {
  const item = { ...newKey(), ...EVERY_TYPE }

  await dax.putItem({ TableName: shelf, Item: item })

  assert.deepEqual(await read(dax, item), plain(item))
  assert.deepEqual(await read(client, item), plain(item))
  assert.deepEqual(await foundByQuery(dax, item), plain([item]))
})

test('an item may be its key alone', async () => {
  const key = newKey()

  await dax.putItem({ TableName: shelf, Item: key })

  assert.deepEqual(await read(dax, key), key)
  assert.deepEqual(await read(client, key), key)
  assert.deepEqual(await foundByQuery(dax, key), [key])
})

test('an absent item is no item', async () => {
  const absent = () => ({ TableName: shelf, Key: newKey() })

  assert.deepEqual(await dax.getItem(absent()), {})
  assert.deepEqual(await dax.getItem({ ...absent(), ConsistentRead: true }), {})
  assert.deepEqual(await dax.getItem({ ...absent(), ProjectionExpression: 'v' }), {})
  assert.deepEqual(await dax.deleteItem(absent()), {})
})

test('many lists of attributes stay apart', async () => {
  const items = Array.from({ length: 300 }, (_, n) => ({
    ...newKey(),
    [`v${n}`]: { N: `${n}` },
    w: { S: 'x' },
  }))

  for (const [n, Item] of items.entries()) {
    await (n % 2 === 0 ? dax : client).putItem({ TableName: shelf, Item })
  }

  for (const item of items) {
    assert.deepEqual(await read(dax, item), plain(item))
    assert.deepEqual(await read(client, item), plain(item))
  }
})

for (const types of ['S', 'N', 'B', 'SS', 'SN', 'SB', 'NS', 'NN', 'NB', 'BS', 'BN', 'BB']) {
  test(`keys of every type name their item: ${types}`, async () => {
    const TableName = await newTable(byKey(types))
    const items = keysOf(types).map((key, place) => ({ ...key, place: { S: `${place}` } }))

    for (const [n, Item] of items.entries()) {
      await (n % 2 === 0 ? dax : client).putItem({ TableName, Item })
    }

    for (const { place, ...Key } of items) {
      const expected = plain({ ...Key, place })
      assert.deepEqual(plain((await dax.getItem({ TableName, Key })).Item), expected)
      assert.deepEqual(plain((await client.getItem({ TableName, Key })).Item), expected)
    }
    const scanned = (await pages(dax, 'scan', { TableName, Limit: 10 })).flatMap(
      ({ Items }) => Items,
    )
    scanned.sort((a, b) => a.place.S - b.place.S)
    assert.deepEqual(plain(scanned), plain(items))
    for (const { place, ...Key } of items) await dax.deleteItem({ TableName, Key })
    assert.equal((await client.scan({ TableName })).Count, 0)
  })
}

for (const sort of ['S', 'N', 'B']) {
  for (const hash of ['S', 'N', 'B']) {
    test(`a sort key sorts a query: ${hash} ${sort}`, async () => {
      const TableName = await newTable(byKey(hash + sort))
      const first = KEYS[hash].at(-1)
      const items = KEYS[sort].map((key) => ({ hash: first, sort: key }))
      for (const Item of [...items].reverse()) await dax.putItem({ TableName, Item })
      const query = {
        TableName,
        KeyConditionExpression: '#h = :h AND sort BETWEEN :low AND :high',
        ExpressionAttributeNames: { '#h': 'hash' },
        ExpressionAttributeValues: {
          ':h': first,
          ':low': KEYS[sort][1],
          ':high': KEYS[sort].at(-2),
        },
      }

      const up = await dax.query(query)
      const down = await dax.query({ ...query, ScanIndexForward: false })
      const page = await dax.query({ ...query, Limit: 2 })
      const rest = await dax.query({ ...query, ExclusiveStartKey: page.LastEvaluatedKey })

      assert.deepEqual(plain(up.Items), plain(items.slice(1, -1)))
      assert.deepEqual(down.Items, [...up.Items].reverse())
      assert.deepEqual([...page.Items, ...rest.Items], up.Items)
    })
  }
}

test('a key may be written in several ways', async () => {
  const TableName = await newTable(byKey('NN'))
  const place = { S: 'here' }
  await dax.putItem({ TableName, Item: { hash: { N: '1.50' }, sort: { N: '100' }, place } })
  await client.putItem({ TableName, Item: { hash: { N: '2' }, sort: { N: '0.10' }, place } })

  for (const hash of ['1.5', '1.500', '15E-1']) {
    for (const sort of ['100', '1E+2', '100.0']) {
      const Key = { hash: { N: hash }, sort: { N: sort } }
      assert.deepEqual((await dax.getItem({ TableName, Key })).Item, { ...Key, place })
    }
  }
  for (const sort of ['0.1', '1E-1']) {
    const Key = { hash: { N: '2.0' }, sort: { N: sort } }
    assert.deepEqual((await dax.getItem({ TableName, Key })).Item, { ...Key, place })
  }
})

test('a put returns what it replaced', async () => {
  const old = newItem()
  const replacing = { ...keyOf(old), other: { BOOL: true } }

  const first = await dax.putItem({ TableName: shelf, Item: old, ReturnValues: 'ALL_OLD' })
  const second = await dax.putItem({ TableName: shelf, Item: replacing, ReturnValues: 'ALL_OLD' })
  const third = await dax.putItem({ TableName: shelf, Item: old, ReturnValues: 'NONE' })

  assert.deepEqual([first, third], [{}, {}])
  assert.deepEqual(second, { Attributes: old })
})

test('a deletion returns what it deleted', async () => {
  const item = newItem()
  const deletion = { TableName: shelf, Key: keyOf(item), ReturnValues: 'ALL_OLD' }
  await dax.putItem({ TableName: shelf, Item: item })

  const first = await dax.deleteItem(deletion)
  const second = await dax.deleteItem(deletion)

  assert.deepEqual(first, { Attributes: item })
  assert.deepEqual(second, {})
  for (const reader of [dax, client]) {
    const { Item } = await reader.getItem({ TableName: shelf, Key: keyOf(item) })
    assert.equal(Item, undefined)
  }
})

test('a failed condition leaves the item', async () => {
  const item = newItem()
  const absent = { TableName: shelf, ConditionExpression: 'attribute_not_exists(id)' }
  const Key = keyOf(item)
  await dax.putItem({ TableName: shelf, Item: item })

  const refusals = [
    await refusal(() => dax.putItem({ ...absent, Item: Key })),
    await refusal(() => dax.deleteItem({ ...absent, Key })),
    await refusal(() => dax.updateItem({ ...absent, Key, UpdateExpression: 'REMOVE gone' })),
  ]

  for (const { code, message, statusCode } of refusals) {
    assert.equal(code, 'ConditionalCheckFailedException')
    assert.equal(message, 'ConditionalCheckFailedException: The conditional request failed')
    assert.equal(statusCode, 400)
  }
  assert.deepEqual(await read(dax, item), plain(item))
  assert.deepEqual(await read(client, item), plain(item))
})

test('a condition that holds lets a write through once', async () => {
  const item = newItem()
  const put = {
    TableName: shelf,
    Item: item,
    ConditionExpression: 'attribute_not_exists(id)',
  }

  await dax.putItem(put)
  const { code } = await refusal(() => dax.putItem(put))
  await dax.deleteItem({
    TableName: shelf,
    Key: keyOf(item),
    ConditionExpression: '#c = :one',
    ExpressionAttributeNames: { '#c': 'count' },
    ExpressionAttributeValues: { ':one': { N: '1' } },
  })

  assert.equal(code, 'ConditionalCheckFailedException')
  assert.deepEqual(await dax.getItem({ TableName: shelf, Key: keyOf(item) }), {})
})

test('an expected value is a condition', async () => {
  const item = newItem()
  const expecting = (N) => ({ count: { Value: { N } } })

  await dax.putItem({ TableName: shelf, Item: item, Expected: { id: { Exists: false } } })
  const { code } = await refusal(() =>
    dax.putItem({ TableName: shelf, Item: item, Expected: expecting('2') }),
  )
  await dax.deleteItem({ TableName: shelf, Key: keyOf(item), Expected: expecting('1.0') })

  assert.equal(code, 'ConditionalCheckFailedException')
  assert.deepEqual(await dax.getItem({ TableName: shelf, Key: keyOf(item) }), {})
})

for (const kind of ['TOTAL', 'INDEXES', 'NONE']) {
  test(`the consumed capacity is that over HTTP: ${kind}`, async () => {
    const Key = { guest: { S: `dora ${kind}` }, nr: { N: '1' } }
    const Item = { ...Key, mood: { S: 'good' }, room: { S: 'attic' }, price: { N: '1' } }
    const requests = [
      ['getItem', { Key }],
      ['putItem', { Item }],
      ['putItem', { Item: { ...Item, mood: { S: 'bad' } } }],
      ['getItem', { Key }],
      ['getItem', { Key, ConsistentRead: true }],
      ['getItem', { Key, ProjectionExpression: 'price' }],
      [
        'updateItem',
        {
          Key,
          UpdateExpression: 'SET price = price + :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      ],
      ['deleteItem', { Key }],
    ]
    const answersOf = async (reader) => {
      const answers = []
      for (const [operation, request] of requests) {
        const asked = { TableName: visits, ReturnConsumedCapacity: kind, ...request }
        answers.push(plain(await reader[operation](asked)))
      }
      return answers
    }

    const overHttp = await answersOf(client)
    const throughDax = await answersOf(dax)

    assert.deepEqual(throughDax, overHttp)
    assert.ok(throughDax.every((answer) => 'ConsumedCapacity' in answer === (kind !== 'NONE')))
  })
}

test('the size of an item collection is told', async () => {
  const Key = { guest: { S: 'emil' }, nr: { N: '1' } }
  const sized = { TableName: visits, ReturnItemCollectionMetrics: 'SIZE' }

  const answers = [
    await dax.putItem({ ...sized, Item: Key }),
    await dax.updateItem({
      ...sized,
      Key,
      UpdateExpression: 'SET price = :p',
      ExpressionAttributeValues: { ':p': { N: '1' } },
    }),
    await dax.deleteItem({ ...sized, Key }),
  ]

  for (const { ItemCollectionMetrics } of answers) {
    const { ItemCollectionKey, SizeEstimateRangeGB } = ItemCollectionMetrics
    const [low, high] = SizeEstimateRangeGB
    assert.deepEqual(ItemCollectionKey, { guest: { S: 'emil' } })
    assert.ok(0 <= low && low < high && high <= 1)
  }
})

test('a table without a local index has no collections', async () => {
  const put = { TableName: shelf, Item: newKey(), ReturnItemCollectionMetrics: 'SIZE' }

  assert.deepEqual(await dax.putItem(put), {})
})

for (const [kind, largest, more] of [
  ['S', (bytes) => 'ä'.repeat(bytes / 2), (value) => `${value}ä`],
  ['B', (bytes) => Buffer.alloc(bytes, 1), (value) => Buffer.concat([value, Buffer.alloc(2)])],
]) {
  test(`an item may have 400 KiB and no more: ${kind}`, async () => {
    const key = newKey()
    const overhead = 'id'.length + key.id.S.length + 'v'.length
    const value = largest(2 * Math.floor((ITEM_BYTES_MAX - overhead) / 2))
    const item = { ...key, v: { [kind]: value } }

    await dax.putItem({ TableName: shelf, Item: item })
    const { code, message } = await refusal(() =>
      dax.putItem({ TableName: shelf, Item: { ...key, v: { [kind]: more(value) } } }),
    )

    assert.deepEqual(await read(dax, key), plain(item))
    assert.deepEqual(await read(client, key), plain(item))
    assert.equal(code, 'ValidationException')
    assert.equal(message, 'ValidationException: Item size has exceeded the maximum allowed size')
  })
}

test('an update beyond 400 KiB is refused', async () => {
  const item = { ...newKey(), v: { S: 'x'.repeat(300_000) } }
  await dax.putItem({ TableName: shelf, Item: item })

  const { code } = await refusal(() =>
    dax.updateItem({
      TableName: shelf,
      Key: keyOf(item),
      UpdateExpression: 'SET w = :w',
      ExpressionAttributeValues: { ':w': { S: 'x'.repeat(200_000) } },
    }),
  )

  assert.equal(code, 'ValidationException')
  assert.deepEqual(await read(dax, item), plain(item))
})

// The definition of a table with a key of one or two types.
function byKey(types) {
  const names = ['hash', 'sort'].slice(0, types.length)
  return {
    AttributeDefinitions: names.map((AttributeName, n) => ({
      AttributeName,
      AttributeType: types[n],
    })),
    KeySchema: names.map((AttributeName, n) => ({
      AttributeName,
      KeyType: ['HASH', 'RANGE'][n],
    })),
  }
}

// All keys of one or two types that the table of keys has values for.
function keysOf([hash, sort]) {
  return KEYS[hash].flatMap((first) =>
    sort ? KEYS[sort].map((second) => ({ hash: first, sort: second })) : [{ hash: first }],
  )
}
