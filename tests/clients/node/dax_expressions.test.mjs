// @amazon-dax-sdk/client-dax, expressions: conditions, updates and projections, by the tables of
// the directory `dax`.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DynamoDB } from '@aws-sdk/client-dynamodb'

import { cases, connect, newKey, newTable, plain } from './accelerator.mjs'
import { startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const dax = connect(`dax://${address}`)
const client = new DynamoDB({})
const shelf = await newTable()

const CONDITIONS = cases('conditions')
const UPDATES = cases('updates')
const PROJECTIONS = cases('projections')
const VIEWS = ['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW']
const TERMS = 100

const conditioned = { ...newKey(), ...CONDITIONS.item }
await dax.putItem({ TableName: shelf, Item: conditioned })

// A request's parameters for a case of the table of conditions.
function expression(parameter, { if: expression, names, values }) {
  return {
    TableName: shelf,
    [parameter]: expression,
    ...(names && { ExpressionAttributeNames: names }),
    ...(values && { ExpressionAttributeValues: values }),
  }
}

for (const [n, condition] of CONDITIONS.cases.entries()) {
  test(`condition ${n}: ${condition.if}`, async () => {
    const put = { ...expression('ConditionExpression', condition), Item: conditioned }

    const held = await dax.putItem(put).then(
      () => true,
      ({ code }) => {
        assert.equal(code, 'ConditionalCheckFailedException')
        return false
      },
    )

    assert.equal(held, condition.holds)
  })

  test(`filter ${n}: ${condition.if}`, async () => {
    const scan = expression('FilterExpression', condition)
    const query = {
      ...scan,
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ...scan.ExpressionAttributeValues, ':id': conditioned.id },
    }

    const scanned = (await dax.scan(scan)).Items.filter(({ id }) => id.S === conditioned.id.S)
    const queried = (await dax.query(query)).Items

    const expected = plain(condition.holds ? [conditioned] : [])
    assert.deepEqual(plain(scanned), expected)
    assert.deepEqual(plain(queried), expected)
  })
}

for (const word of ['AND', 'OR']) {
  test(`a long chain of ${word}`, async () => {
    const terms = Array.from({ length: TERMS }, (_, n) => n)

    const { Items } = await dax.scan({
      TableName: shelf,
      FilterExpression: terms.map((n) => `num > :v${n}`).join(` ${word} `),
      ExpressionAttributeValues: Object.fromEntries(
        terms.map((n) => [`:v${n}`, { N: `${n - TERMS + 10}` }]),
      ),
    })

    assert.deepEqual(plain(Items), plain([conditioned]))
  })
}

for (const { name, request, after } of UPDATES.cases) {
  test(`an update: ${name}`, async () => {
    const item = { ...newKey(), ...UPDATES.item }
    const changed = Object.entries({ ...item, ...after }).filter(([, value]) => value !== null)
    const whole = { ALL_OLD: plain(item), ALL_NEW: plain(Object.fromEntries(changed)) }
    const TableName = shelf
    const Key = { id: item.id }

    for (const ReturnValues of VIEWS) {
      const update = { TableName, Key, ReturnValues, ReturnConsumedCapacity: 'INDEXES', ...request }
      await client.putItem({ TableName, Item: item })
      const overHttp = await client.updateItem(update)
      await client.putItem({ TableName, Item: item })
      const throughDax = await dax.updateItem(update)

      assert.deepEqual(plain(throughDax), plain(overHttp), ReturnValues)
      if (whole[ReturnValues]) assert.deepEqual(plain(throughDax.Attributes), whole[ReturnValues])
      for (const reader of [dax, client]) {
        const { Item } = await reader.getItem({ TableName, Key })
        assert.deepEqual(plain(Item), whole.ALL_NEW)
      }
    }
  })
}

test('an update makes an absent item', async () => {
  const Key = newKey()
  const made = { doc: { M: {} }, visits: { N: '2' }, tags: { SS: ['new'] } }

  const { Attributes } = await dax.updateItem({
    TableName: shelf,
    Key,
    UpdateExpression: 'SET doc = :doc ADD visits :two, tags :tags',
    ExpressionAttributeValues: { ':doc': made.doc, ':two': made.visits, ':tags': made.tags },
    ReturnValues: 'UPDATED_NEW',
  })

  assert.deepEqual(Attributes, made)
  for (const reader of [dax, client]) {
    const { Item } = await reader.getItem({ TableName: shelf, Key })
    assert.deepEqual(Item, { ...Key, ...made })
  }
})

test('an update may change nothing', async () => {
  const update = { TableName: shelf, Key: newKey() }

  const first = await dax.updateItem({ ...update, ReturnValues: 'ALL_OLD' })
  const second = await dax.updateItem({ ...update, ReturnValues: 'ALL_NEW' })

  assert.deepEqual(plain(first), {})
  assert.deepEqual(second.Attributes, update.Key)
  assert.deepEqual(await dax.getItem(update), { Item: update.Key })
})

test('reserved words are names as any other', async () => {
  // The clients send no text, so that nobody can tell `name` from `#n`.
  const ofItem = { TableName: shelf, Key: newKey() }

  await dax.updateItem({
    ...ofItem,
    UpdateExpression: 'SET name = :v',
    ExpressionAttributeValues: { ':v': { S: 'Ada' } },
  })
  const { Item } = await dax.getItem({ ...ofItem, ProjectionExpression: 'name' })

  assert.deepEqual(Item, { name: { S: 'Ada' } })
})

for (const { of, names, found } of PROJECTIONS.cases) {
  test(`a projection: ${of}`, async () => {
    const item = { ...newKey(), ...PROJECTIONS.item }
    const TableName = shelf
    const Key = { id: item.id }
    const projection = {
      ProjectionExpression: of,
      ...(names && { ExpressionAttributeNames: names }),
    }
    const page = { TableName, ExpressionAttributeValues: { ':id': item.id }, ...projection }
    await dax.putItem({ TableName, Item: item })

    const got = await dax.getItem({ TableName, Key, ...projection })
    const consistent = await dax.getItem({ TableName, Key, ConsistentRead: true, ...projection })
    const queried = await dax.query({ ...page, KeyConditionExpression: 'id = :id' })
    const scanned = await dax.scan({ ...page, FilterExpression: 'id = :id' })
    const batch = await dax.batchGetItem({
      RequestItems: { [TableName]: { Keys: [Key], ...projection } },
    })

    const items = [got.Item, consistent.Item, ...queried.Items, ...scanned.Items]
    const all = [...items, ...batch.Responses[TableName]]
    assert.deepEqual(all.map(plain), Array(5).fill(plain(found)))
  })
}

test('a projection may name the key', async () => {
  const item = { ...newKey(), v: { S: 'x' } }
  const { id, v } = item
  await dax.putItem({ TableName: shelf, Item: item })

  for (const [ProjectionExpression, expected] of [
    ['id', { id }],
    ['v, id', { id, v }],
    ['v', { v }],
  ]) {
    const projection = { TableName: shelf, ProjectionExpression }
    const { Item } = await dax.getItem({ ...projection, Key: { id } })
    const { Items } = await dax.query({
      ...projection,
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': id },
    })
    assert.deepEqual([Item, ...Items], [expected, expected])
  }
})

test('older parameters project too', async () => {
  const { id, v, w } = { ...newKey(), v: { S: 'x' }, w: { S: 'y' } }
  await dax.putItem({ TableName: shelf, Item: { id, v, w } })

  const { Item } = await dax.getItem({
    TableName: shelf,
    Key: { id },
    AttributesToGet: ['w', 'id'],
  })

  assert.deepEqual(Item, { w, id })
})
