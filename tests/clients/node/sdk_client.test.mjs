// @aws-sdk/client-dynamodb, which speaks in DynamoDB's own types.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  ListTablesCommand,
  paginateQuery,
  paginateScan,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  UpdateItemCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb'

import { named, startHearth } from './hearth.mjs'

await startHearth()
const client = new DynamoDBClient({})

const KEY = { id: { S: '7' } }
const ITEM = {
  ...KEY,
  text: { S: 'grüße \u{1f600}' },
  number: { N: '-12.5' },
  bytes: { B: new Uint8Array([0, 255]) },
  yes: { BOOL: true },
  nothing: { NULL: true },
  texts: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '2'] },
  list: { L: [{ S: 'x' }, { L: [] }] },
  map: { M: { m: { M: {} } } },
}

const BY_ID = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
}
const READINGS = {
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
    { AttributeName: 'state', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'id', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by_state',
      KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
}

async function makeTable(TableName, definition) {
  const request = { TableName, BillingMode: 'PAY_PER_REQUEST', ...definition }
  await client.send(new CreateTableCommand(request))
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName })
}

// Twelve readings of `a`, every third of them odd, and one of `b`.
async function fillTable(TableName) {
  const readings = Array.from({ length: 12 }, (_, at) => ({
    id: { S: 'a' },
    at: { N: String(at) },
    ...(at % 3 === 0 && { state: { S: 'odd' } }),
  }))
  readings.push({ id: { S: 'b' }, at: { N: '0' } })
  const answer = await client.send(
    new BatchWriteItemCommand({
      RequestItems: { [TableName]: readings.map((Item) => ({ PutRequest: { Item } })) },
    }),
  )
  assert.deepEqual(answer.UnprocessedItems, {})
  return readings
}

const OF_A = {
  KeyConditionExpression: 'id = :id',
  ExpressionAttributeValues: { ':id': { S: 'a' } },
}

test('a table is made, described, listed and deleted', async () => {
  const TableName = named('made_and_deleted')

  await makeTable(TableName, READINGS)
  const { Table } = await client.send(new DescribeTableCommand({ TableName }))
  const { TableNames } = await client.send(new ListTablesCommand({}))
  await client.send(new DeleteTableCommand({ TableName }))
  await waitUntilTableNotExists({ client, maxWaitTime: 30 }, { TableName })

  assert.equal(Table.TableStatus, 'ACTIVE')
  assert.equal(Table.GlobalSecondaryIndexes[0].IndexStatus, 'ACTIVE')
  assert.ok(Table.CreationDateTime instanceof Date)
  assert.ok(TableNames.includes(TableName))
  await assert.rejects(
    client.send(new DescribeTableCommand({ TableName })),
    ResourceNotFoundException,
  )
})

test('an item of every type comes back', async () => {
  const TableName = named('every_type')
  await makeTable(TableName, BY_ID)

  await client.send(new PutItemCommand({ TableName, Item: ITEM }))

  const { Item } = await client.send(new GetItemCommand({ TableName, Key: KEY }))
  assert.deepEqual(Item, ITEM)
})

test('an update returns what it changed', async () => {
  const TableName = named('updated')
  await makeTable(TableName, BY_ID)
  await client.send(new PutItemCommand({ TableName, Item: ITEM }))

  const { Attributes } = await client.send(
    new UpdateItemCommand({
      TableName,
      Key: KEY,
      UpdateExpression:
        'SET #number = #number + :half, #map.n = :n REMOVE #list[0] DELETE texts :a',
      ExpressionAttributeNames: { '#number': 'number', '#map': 'map', '#list': 'list' },
      ExpressionAttributeValues: { ':half': { N: '0.5' }, ':n': { S: 'n' }, ':a': { SS: ['a'] } },
      ReturnValues: 'ALL_NEW',
    }),
  )

  assert.deepEqual(Attributes, {
    ...ITEM,
    number: { N: '-12' },
    texts: { SS: ['b'] },
    list: { L: [{ L: [] }] },
    map: { M: { m: { M: {} }, n: { S: 'n' } } },
  })
})

test('a failed condition is an exception that brings the item', async () => {
  const TableName = named('condition')
  await makeTable(TableName, BY_ID)
  const put = new PutItemCommand({
    TableName,
    Item: ITEM,
    ConditionExpression: 'attribute_not_exists(id)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })

  await client.send(put)
  await assert.rejects(client.send(put), (error) => {
    assert.ok(error instanceof ConditionalCheckFailedException)
    assert.equal(error.name, 'ConditionalCheckFailedException')
    assert.equal(error.message, 'The conditional request failed')
    assert.equal(error.$metadata.httpStatusCode, 400)
    assert.deepEqual(error.Item, ITEM)
    return true
  })
})

test('a query is paged, turned round and filtered', async () => {
  const TableName = named('queried')
  await makeTable(TableName, READINGS)
  const readings = await fillTable(TableName)

  const pages = []
  for await (const page of paginateQuery({ client, pageSize: 5 }, { TableName, ...OF_A })) {
    pages.push(page.Items)
  }
  const last = await client.send(
    new QueryCommand({ TableName, ...OF_A, ScanIndexForward: false, Limit: 1 }),
  )
  const odd = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'id = :id AND #at BETWEEN :low AND :high',
      FilterExpression: '#state = :odd',
      ExpressionAttributeNames: { '#at': 'at', '#state': 'state' },
      ExpressionAttributeValues: {
        ':id': { S: 'a' },
        ':low': { N: '2' },
        ':high': { N: '9' },
        ':odd': { S: 'odd' },
      },
    }),
  )

  assert.deepEqual(
    pages.map((page) => page.length),
    [5, 5, 2],
  )
  assert.deepEqual(pages.flat(), readings.slice(0, 12))
  assert.deepEqual(last.Items, [readings[11]])
  assert.deepEqual(odd.Items, [readings[3], readings[6], readings[9]])
  assert.deepEqual([odd.Count, odd.ScannedCount], [3, 8])
})

test('an index is queried and scanned', async () => {
  const TableName = named('indexed')
  await makeTable(TableName, READINGS)
  const readings = await fillTable(TableName)
  const IndexName = 'by_state'

  const odd = await client.send(
    new QueryCommand({
      TableName,
      IndexName,
      KeyConditionExpression: '#state = :odd',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':odd': { S: 'odd' } },
    }),
  )
  const scanned = []
  for await (const page of paginateScan({ client, pageSize: 1 }, { TableName, IndexName })) {
    scanned.push(...page.Items)
  }

  const expected = readings.filter((reading) => reading.state)
  assert.deepEqual(sorted(odd.Items), expected)
  assert.deepEqual(sorted(scanned), expected)
})

test('segments split a scan', async () => {
  const TableName = named('segments')
  await makeTable(TableName, BY_ID)
  const ids = Array.from({ length: 25 }, (_, number) => `n${number}`)
  await client.send(
    new BatchWriteItemCommand({
      RequestItems: { [TableName]: ids.map((id) => ({ PutRequest: { Item: { id: { S: id } } } })) },
    }),
  )

  const segments = await Promise.all(
    [0, 1].map(async (Segment) => {
      const found = []
      const scan = { TableName, Segment, TotalSegments: 2 }
      for await (const page of paginateScan({ client, pageSize: 3 }, scan)) {
        found.push(...page.Items.map((item) => item.id.S))
      }
      return found
    }),
  )

  assert.ok(segments.every((found) => found.length > 0))
  assert.deepEqual(segments.flat().sort(), ids.sort())
})

test('a wrong request is told by its code and sentence', async () => {
  const TableName = named('refused')
  await makeTable(TableName, READINGS)

  await assert.rejects(
    client.send(new QueryCommand({ TableName, IndexName: 'by_mood', ...OF_A })),
    (error) => {
      assert.ok(error instanceof DynamoDBServiceException)
      assert.equal(error.name, 'ValidationException')
      assert.equal(error.message, 'The table does not have the specified index: by_mood')
      return true
    },
  )
})

function sorted(readings) {
  return [...readings].sort((a, b) => a.at.N - b.at.N)
}
