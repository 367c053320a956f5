// @aws-sdk/lib-dynamodb, which speaks in JavaScript's types.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'

import { named, startHearth } from './hearth.mjs'

await startHearth()
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}))

const TableName = named('posts')
const POST = {
  blog: 'cats',
  day: 1,
  title: 'Grüße',
  tags: new Set(['a', 'b']),
  likes: 3,
  draft: false,
  nothing: null,
  author: { name: 'Ada', mails: ['a@b.c'] },
  photo: new Uint8Array([0, 255]),
}
const KEY = { blog: 'cats', day: 1 }

before(async () => {
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'blog', AttributeType: 'S' },
        { AttributeName: 'day', AttributeType: 'N' },
        { AttributeName: 'likes', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'blog', KeyType: 'HASH' },
        { AttributeName: 'day', KeyType: 'RANGE' },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: 'by_likes',
          KeySchema: [
            { AttributeName: 'blog', KeyType: 'HASH' },
            { AttributeName: 'likes', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['title'] },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName })
})

test('an item of every type comes back', async () => {
  await client.send(new PutCommand({ TableName, Item: POST }))

  const { Item } = await client.send(new GetCommand({ TableName, Key: KEY }))
  const { Attributes } = await client.send(
    new DeleteCommand({ TableName, Key: KEY, ReturnValues: 'ALL_OLD' }),
  )
  const gone = await client.send(new GetCommand({ TableName, Key: KEY }))

  assert.deepEqual(Item, POST)
  assert.deepEqual(Attributes, POST)
  assert.equal(gone.Item, undefined)
})

test('an update under a condition goes through once', async () => {
  await client.send(new PutCommand({ TableName, Item: POST }))
  const like = new UpdateCommand({
    TableName,
    Key: KEY,
    UpdateExpression: 'SET likes = likes + :one, author.mails = list_append(author.mails, :mails)',
    ConditionExpression: 'likes = :three AND author.#name = :ada',
    ExpressionAttributeNames: { '#name': 'name' },
    ExpressionAttributeValues: { ':one': 1, ':mails': ['d@e.f'], ':three': 3, ':ada': 'Ada' },
    ReturnValues: 'UPDATED_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })

  const { Attributes } = await client.send(like)

  assert.deepEqual(Attributes, { likes: 4, author: { mails: ['a@b.c', 'd@e.f'] } })
  await assert.rejects(client.send(like), {
    name: 'ConditionalCheckFailedException',
    message: 'The conditional request failed',
  })
})

test('a batch writes, reads and deletes', async () => {
  const posts = Array.from({ length: 25 }, (_, day) => ({
    blog: 'dogs',
    day,
    likes: 100 - day,
    title: `day ${day}`,
  }))

  const written = await client.send(
    new BatchWriteCommand({
      RequestItems: { [TableName]: posts.map((Item) => ({ PutRequest: { Item } })) },
    }),
  )
  const Keys = [0, 24, 25].map((day) => ({ blog: 'dogs', day }))
  const read = await client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys } } }))
  await client.send(
    new BatchWriteCommand({
      RequestItems: { [TableName]: [{ DeleteRequest: { Key: { blog: 'dogs', day: 0 } } }] },
    }),
  )
  const dearest = await client.send(
    new QueryCommand({
      TableName,
      IndexName: 'by_likes',
      KeyConditionExpression: 'blog = :blog AND likes > :few',
      ExpressionAttributeValues: { ':blog': 'dogs', ':few': 80 },
      ScanIndexForward: false,
      Limit: 2,
    }),
  )

  assert.deepEqual(written.UnprocessedItems, {})
  assert.deepEqual(
    read.Responses[TableName].sort((a, b) => a.day - b.day),
    [posts[0], posts[24]],
  )
  assert.deepEqual(dearest.Items, [posts[1], posts[2]])
  assert.deepEqual(dearest.LastEvaluatedKey, { blog: 'dogs', day: 2, likes: 98 })
})

test('a query is paged and a scan filtered', async () => {
  for (const day of [1, 2, 3]) {
    await client.send(
      new PutCommand({ TableName, Item: { blog: 'fish', day, title: 'x'.repeat(day) } }),
    )
  }

  const pages = []
  const query = {
    TableName,
    KeyConditionExpression: 'blog = :blog',
    ExpressionAttributeValues: { ':blog': 'fish' },
    ProjectionExpression: '#day',
    ExpressionAttributeNames: { '#day': 'day' },
  }
  for await (const page of paginateQuery({ client, pageSize: 2 }, query)) {
    pages.push(page.Items)
  }
  const long = await client.send(
    new ScanCommand({
      TableName,
      FilterExpression: 'blog = :blog AND size(title) >= :two',
      ExpressionAttributeValues: { ':blog': 'fish', ':two': 2 },
    }),
  )

  assert.deepEqual(pages, [[{ day: 1 }, { day: 2 }], [{ day: 3 }]])
  assert.deepEqual(
    long.Items.map((post) => post.day),
    [2, 3],
  )
})
