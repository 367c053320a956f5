// @amazon-dax-sdk/client-dax: what the server refuses, in the code and the words that it has over
// HTTP.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DynamoDB, waitUntilTableExists, waitUntilTableNotExists } from '@aws-sdk/client-dynamodb'

import { BY_ID, cases, connect, newKey, newTable, plain, refusal } from './accelerator.mjs'
import { named, startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const dax = connect(`dax://${address}`)
const client = new DynamoDB({})

const ITEM = {
  id: { S: '7' },
  txt: { S: 'x' },
  num: { N: '1' },
  doc: { M: { leaf: { S: 'x' } } },
}
const mails = await newTable({
  ...BY_ID,
  AttributeDefinitions: [
    ...BY_ID.AttributeDefinitions,
    { AttributeName: 'mail', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by_mail',
      KeySchema: [{ AttributeName: 'mail', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
})
await client.putItem({ TableName: mails, Item: ITEM })

// What only this client lets through to the server.
const OWN_REFUSALS = [
  {
    name: 'an empty key',
    call: 'PutItem',
    request: { Item: { id: { S: '' } } },
  },
  {
    name: 'a number that is too large',
    call: 'PutItem',
    request: { Item: { id: { S: '7' }, num: { N: '1E+126' } } },
  },
  {
    name: 'a number that is too small',
    call: 'PutItem',
    request: { Item: { id: { S: '7' }, num: { N: '1E-131' } } },
  },
]

for (const { name, call, request } of [...cases('refusals'), ...OWN_REFUSALS]) {
  test(`a wrong request is refused as over HTTP: ${name}`, async () => {
    const operation = call[0].toLowerCase() + call.slice(1)
    const asked = { TableName: mails, ...request }

    const overHttp = await refusal(() => client[operation](asked))
    const throughDax = await refusal(() => dax[operation](asked))

    assert.equal(throughDax.code, 'ValidationException')
    assert.equal(throughDax.code, overHttp.name)
    assert.equal(throughDax.message, `${overHttp.name}: ${overHttp.message}`)
    assert.equal(throughDax.statusCode, 400)
    assert.ok(throughDax.requestId)
    const { Item } = await dax.getItem({ TableName: mails, Key: { id: ITEM.id } })
    assert.deepEqual(plain(Item), plain(ITEM))
  })
}

for (const [operation, request] of Object.entries({
  getItem: { Key: newKey() },
  putItem: { Item: { ...newKey(), v: { S: 'x' } } },
  updateItem: { Key: newKey(), UpdateExpression: 'REMOVE v' },
  deleteItem: { Key: newKey() },
  query: { KeyConditionExpression: 'id = :v', ExpressionAttributeValues: { ':v': { S: 'x' } } },
  scan: {},
  batchGetItem: { RequestItems: { nowhere: { Keys: [newKey()] } } },
  batchWriteItem: { RequestItems: { nowhere: [{ PutRequest: { Item: newKey() } }] } },
})) {
  test(`a table that is not there: ${operation}`, async () => {
    const asked = request.RequestItems ? request : { TableName: 'nowhere', ...request }

    const { code, statusCode } = await refusal(() => dax[operation](asked))

    assert.equal(code, 'ResourceNotFoundException')
    assert.equal(statusCode, 400)
  })
}

test('a table made after a refusal is found', async () => {
  const TableName = named('made_after_a_refusal')
  const Key = newKey()

  const { code } = await refusal(() => dax.getItem({ TableName, Key }))
  await client.createTable({ TableName, BillingMode: 'PAY_PER_REQUEST', ...BY_ID })
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName })
  await dax.putItem({ TableName, Item: Key })

  assert.equal(code, 'ResourceNotFoundException')
  assert.deepEqual(await dax.getItem({ TableName, Key }), { Item: Key })
})

test('a deleted table is gone for DAX too', async () => {
  const TableName = await newTable()
  const Key = newKey()
  await dax.putItem({ TableName, Item: Key })
  assert.deepEqual(await dax.getItem({ TableName, Key }), { Item: Key })

  await client.deleteTable({ TableName })
  await waitUntilTableNotExists({ client, maxWaitTime: 30 }, { TableName })

  for (const call of [
    () => dax.getItem({ TableName, Key }),
    () => dax.putItem({ TableName, Item: Key }),
    () => dax.scan({ TableName }),
  ]) {
    assert.equal((await refusal(call)).code, 'ResourceNotFoundException')
  }
})

test('nesting beyond 32 levels is refused', async () => {
  let v = { S: 'x' }
  for (let level = 0; level < 33; level++) v = { L: [v] }
  const put = { TableName: mails, Item: { ...newKey(), v } }

  const { message } = await refusal(() => client.putItem(put))

  assert.equal((await refusal(() => dax.putItem(put))).message, `ValidationException: ${message}`)
})

test('a refusal leaves the client usable', async () => {
  const TableName = await newTable()

  for (let round = 0; round < 50; round++) {
    const Key = newKey()
    await refusal(() => dax.scan({ TableName, Segment: 0 }))
    await dax.putItem({ TableName, Item: Key })
    assert.deepEqual(await dax.getItem({ TableName, Key }), { Item: Key })
  }
})
