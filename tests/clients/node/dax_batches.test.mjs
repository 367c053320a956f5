// @amazon-dax-sdk/client-dax, batches: of reads and of writes, in one table and in two.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { DynamoDB } from '@aws-sdk/client-dynamodb'

import { connect, newKey, newTable, newVisits, plain, refusal } from './accelerator.mjs'
import { startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const dax = connect(`dax://${address}`)
const client = new DynamoDB({})
const visits = await newVisits()

const WRITES_MAX = 25
const puts = (items) => items.map((Item) => ({ PutRequest: { Item } }))
const keys = (items) => items.map(({ id }) => ({ id }))
const deletions = (items) => keys(items).map((Key) => ({ DeleteRequest: { Key } }))

let table, other, items
beforeEach(async () => {
  table = await newTable()
  other = await newTable()
  items = Array.from({ length: 10 }, (_, n) => ({
    ...newKey(),
    v: { N: `${n}` },
    doc: { M: { n: { L: [] } } },
  }))
})

test('a batch of puts is read by a batch', async () => {
  const written = await dax.batchWriteItem({ RequestItems: { [table]: puts(items) } })

  const Keys = [...keys(items), newKey(), newKey()]
  for (const ConsistentRead of [false, true]) {
    for (const reader of [dax, client]) {
      const { Responses, UnprocessedKeys } = await reader.batchGetItem({
        RequestItems: { [table]: { Keys, ConsistentRead } },
      })
      assert.deepEqual(inOrder(Responses[table]), plain(items))
      assert.deepEqual(UnprocessedKeys, {})
    }
  }
  assert.deepEqual(written, { UnprocessedItems: {} })
})

test('a batch finds nothing', async () => {
  const { Responses, UnprocessedKeys } = await dax.batchGetItem({
    RequestItems: { [table]: { Keys: [newKey(), newKey()] } },
  })

  assert.deepEqual(Responses[table] ?? [], [])
  assert.deepEqual(UnprocessedKeys, {})
})

test('a batch of both kinds in two tables', async () => {
  for (const Item of items.slice(0, 5)) await client.putItem({ TableName: table, Item })

  const { UnprocessedItems } = await dax.batchWriteItem({
    RequestItems: {
      [table]: [...deletions(items.slice(0, 4)), ...puts(items.slice(5, 7))],
      [other]: puts(items.slice(7)),
    },
  })
  const { Responses } = await dax.batchGetItem({
    RequestItems: {
      [table]: { Keys: keys(items.slice(0, 7)) },
      [other]: { Keys: keys(items.slice(7)) },
    },
  })

  assert.deepEqual(UnprocessedItems, {})
  assert.deepEqual(inOrder(Responses[table]), plain(items.slice(4, 7)))
  assert.deepEqual(inOrder(Responses[other]), plain(items.slice(7)))
  for (const TableName of [table, other]) assert.equal((await client.scan({ TableName })).Count, 3)
})

test('a batch projects each table on its own', async () => {
  await dax.batchWriteItem({
    RequestItems: { [table]: puts(items.slice(0, 2)), [other]: puts(items.slice(2, 4)) },
  })

  const { Responses } = await dax.batchGetItem({
    RequestItems: {
      [table]: {
        Keys: [...keys(items.slice(0, 2)), newKey()],
        ProjectionExpression: 'id, #d.n',
        ExpressionAttributeNames: { '#d': 'doc' },
      },
      [other]: { Keys: keys(items.slice(2, 4)) },
    },
  })

  const parts = items.slice(0, 2).map(({ id, doc }) => ({ id, doc }))
  assert.deepEqual(inOrder(Responses[table]), plain(parts))
  assert.deepEqual(inOrder(Responses[other]), plain(items.slice(2, 4)))
})

test('the same key may be in two tables', async () => {
  await dax.batchWriteItem({ RequestItems: { [table]: puts(items), [other]: puts(items) } })

  const Keys = keys(items)
  const { Responses } = await dax.batchGetItem({
    RequestItems: { [table]: { Keys }, [other]: { Keys } },
  })

  assert.deepEqual(inOrder(Responses[table]), plain(items))
  assert.deepEqual(inOrder(Responses[other]), plain(items))
})

test('a batch may have 25 writes and 100 reads', async () => {
  const many = Array.from({ length: 100 }, (_, n) => ({ ...newKey(), [`v${n % 3}`]: { S: 'x' } }))

  for (let start = 0; start < many.length; start += WRITES_MAX) {
    const RequestItems = { [table]: puts(many.slice(start, start + WRITES_MAX)) }
    assert.deepEqual(await dax.batchWriteItem({ RequestItems }), { UnprocessedItems: {} })
  }
  const { Responses } = await dax.batchGetItem({ RequestItems: { [table]: { Keys: keys(many) } } })

  assert.deepEqual(inOrder(Responses[table]), plain(many))
})

test('more than 100 reads, and one key twice, are refused', async () => {
  const many = Array.from({ length: 101 }, newKey)
  const key = newKey()

  for (const Keys of [many, [key, key]]) {
    const { code } = await refusal(() => dax.batchGetItem({ RequestItems: { [table]: { Keys } } }))
    assert.equal(code, 'ValidationException')
  }
})

test('one key twice in a batch of writes is refused as a whole', async () => {
  const [item] = items

  const { code } = await refusal(() =>
    dax.batchWriteItem({ RequestItems: { [table]: [...puts([item]), ...deletions([item])] } }),
  )

  assert.equal(code, 'ValidationException')
  assert.equal((await client.scan({ TableName: table })).Count, 0)
})

test('what a batch cannot hold is left to the next', async () => {
  const big = Array.from({ length: 45 }, () => ({ ...newKey(), v: { B: Buffer.alloc(400_000) } }))
  for (const Item of big) await dax.putItem({ TableName: table, Item })

  let left = { [table]: { Keys: keys(big), ProjectionExpression: 'id, v' } }
  let rounds = 0
  const read = []
  while (Object.keys(left).length > 0) {
    const { Responses, UnprocessedKeys } = await dax.batchGetItem({ RequestItems: left })
    read.push(...(Responses[table] ?? []))
    left = UnprocessedKeys
    rounds++
  }

  assert.equal(rounds, 2)
  assert.deepEqual(inOrder(read), plain(big))
})

test('the capacity and collections of a batch are those over HTTP', async () => {
  const Key = { guest: { S: 'dora' }, nr: { N: '1' } }
  const Item = { ...Key, mood: { S: 'good' }, room: { S: 'attic' } }

  for (const ReturnConsumedCapacity of ['NONE', 'TOTAL', 'INDEXES']) {
    const writes = { ReturnConsumedCapacity, ReturnItemCollectionMetrics: 'SIZE' }
    const answersOf = async (writer) =>
      [
        await writer.batchWriteItem({
          ...writes,
          RequestItems: { [visits]: puts([Item]), [table]: puts([newKey()]) },
        }),
        await writer.batchGetItem({
          ReturnConsumedCapacity,
          RequestItems: { [visits]: { Keys: [Key] }, [table]: { Keys: [newKey()] } },
        }),
        await writer.batchWriteItem({
          ...writes,
          RequestItems: { [visits]: [{ DeleteRequest: { Key } }] },
        }),
      ].map(byTable)

    const throughDax = await answersOf(dax)

    assert.deepEqual(throughDax, await answersOf(client))
    assert.equal('ConsumedCapacity' in throughDax[0], ReturnConsumedCapacity !== 'NONE')
    assert.deepEqual(Object.keys(throughDax[0].ItemCollectionMetrics), [visits])
  }
})

// Items in the order in which their keys were made; a batch has none of its own.
function inOrder(found) {
  const made = ({ id }) => Number(id.S.split(' ')[1])
  return plain(found).sort((a, b) => made(a) - made(b))
}

// An answer whose capacities are in the order of their tables, without tables that had nothing.
function byTable(answer) {
  const { ConsumedCapacity, Responses = {}, ...rest } = plain(answer)
  return {
    ...rest,
    Responses: Object.fromEntries(Object.entries(Responses).filter(([, { length }]) => length)),
    ...(ConsumedCapacity && {
      ConsumedCapacity: ConsumedCapacity.sort((a, b) => (a.TableName < b.TableName ? -1 : 1)),
    }),
  }
}
