// @amazon-dax-sdk/client-dax, transactions, beside those over HTTP.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { DynamoDB } from '@aws-sdk/client-dynamodb'

import { connect, newKey, newTable, plain, refusal } from './accelerator.mjs'
import { startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const dax = connect(`dax://${address}`)
const client = new DynamoDB({})

let TableName
beforeEach(async () => {
  TableName = await newTable()
})

const add = (Key, number) => ({
  Update: {
    TableName,
    Key,
    UpdateExpression: 'ADD n :n',
    ExpressionAttributeValues: { ':n': { N: `${number}` } },
  },
})

test('all actions are carried out and read at one moment', async () => {
  const [first, second, gone] = [newKey(), newKey(), newKey()]
  const Item = { ...first, v: { S: 'x' } }
  await client.putItem({ TableName, Item: gone })

  await dax.transactWriteItems({
    TransactItems: [
      { Put: { TableName, Item } },
      add(second, 5),
      { Delete: { TableName, Key: gone } },
      {
        ConditionCheck: {
          TableName,
          Key: newKey(),
          ConditionExpression: 'attribute_not_exists(id)',
        },
      },
    ],
  })
  const TransactItems = [first, second, gone].map((Key) => ({ Get: { TableName, Key } }))
  const read = async (reader) => (await reader.transactGetItems({ TransactItems })).Responses
  const found = (await read(dax)).map((response) => plain(response?.Item ?? {}))

  assert.deepEqual(found, [plain(Item), plain({ ...second, n: { N: '5' } }), {}])
  assert.deepEqual(
    (await read(client)).map(({ Item }) => plain(Item ?? {})),
    found,
  )
})

test('a condition that does not hold cancels all, and each is told', async () => {
  const [there, absent] = [newKey(), newKey()]
  const Item = { ...there, n: { N: '1' } }
  await client.putItem({ TableName, Item })
  const Put = {
    TableName,
    Item: there,
    ConditionExpression: 'attribute_not_exists(id)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }

  const error = await refusal(() =>
    dax.transactWriteItems({ TransactItems: [add(absent, 1), { Put }] }),
  )

  assert.equal(error.code, 'TransactionCanceledException')
  assert.match(error.message, /\[None, ConditionalCheckFailed\]/)
  const [innocent, guilty] = error.cancellationReasons
  assert.equal(innocent.Code, 'None')
  assert.equal(guilty.Code, 'ConditionalCheckFailed')
  assert.deepEqual(plain(guilty.Item), plain(Item))
  assert.equal((await client.getItem({ TableName, Key: absent })).Item, undefined)
})
