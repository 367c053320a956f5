// @amazon-dax-sdk/lib-dax, which speaks in JavaScript's types.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { DaxDocument, daxPaginateQuery, daxPaginateScan } from '@amazon-dax-sdk/lib-dax'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb'

import { daxSettings, newTable, refusal } from './accelerator.mjs'
import { startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const dax = new DaxDocument(daxSettings(`dax://${address}`))
const client = DynamoDBDocument.from(new DynamoDB({}))
const TableName = await newTable({
  AttributeDefinitions: [
    { AttributeName: 'blog', AttributeType: 'S' },
    { AttributeName: 'day', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'blog', KeyType: 'HASH' },
    { AttributeName: 'day', KeyType: 'RANGE' },
  ],
})

const POST = {
  blog: 'cats',
  day: 1,
  title: 'Grüße',
  tags: new Set(['a', 'b']),
  likes: 3,
  price: -1.25,
  draft: false,
  nothing: null,
  author: { name: 'Ada', mails: ['a@b.c', { spam: true }] },
  photo: Buffer.from([0, 255]),
}
const KEY = { blog: 'cats', day: 1 }

after(() => dax.shutdown())

test('an item of every type comes back', async () => {
  await dax.put({ TableName, Item: POST })

  const { Item } = await dax.get({ TableName, Key: KEY })
  const overHttp = await client.get({ TableName, Key: KEY })
  const { Attributes } = await dax.delete({ TableName, Key: KEY, ReturnValues: 'ALL_OLD' })
  const gone = await dax.get({ TableName, Key: KEY })

  assert.deepEqual(Item, POST)
  assert.deepEqual(overHttp.Item, { ...POST, photo: new Uint8Array(POST.photo) })
  assert.deepEqual(Attributes, POST)
  assert.equal(gone.Item, undefined)
})

test('an update under a condition goes through once', async () => {
  await dax.put({ TableName, Item: POST })
  const like = {
    TableName,
    Key: KEY,
    UpdateExpression: 'SET likes = likes + :one, author.mails = list_append(author.mails, :mails)',
    ConditionExpression: 'likes = :three AND author.#name = :ada',
    ExpressionAttributeNames: { '#name': 'name' },
    ExpressionAttributeValues: { ':one': 1, ':mails': ['d@e.f'], ':three': 3, ':ada': 'Ada' },
    ReturnValues: 'UPDATED_NEW',
  }

  const { Attributes } = await dax.update(like)
  const { code } = await refusal(() => dax.update(like))

  const mails = [...POST.author.mails, 'd@e.f']
  assert.deepEqual(Attributes, { likes: 4, author: { mails } })
  assert.equal(code, 'ConditionalCheckFailedException')
})

test('a batch writes, reads and deletes', async () => {
  const posts = Array.from({ length: 25 }, (_, day) => ({ blog: 'dogs', day, title: `day ${day}` }))

  const written = await dax.batchWrite({
    RequestItems: { [TableName]: posts.map((Item) => ({ PutRequest: { Item } })) },
  })
  const Keys = [0, 24, 25].map((day) => ({ blog: 'dogs', day }))
  const { Responses } = await dax.batchGet({ RequestItems: { [TableName]: { Keys } } })
  await dax.batchWrite({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: Keys[0] } }] } })
  const { Items } = await dax.query({
    TableName,
    KeyConditionExpression: 'blog = :blog AND #day < :few',
    ExpressionAttributeNames: { '#day': 'day' },
    ExpressionAttributeValues: { ':blog': 'dogs', ':few': 3 },
  })

  assert.deepEqual(written.UnprocessedItems, {})
  assert.deepEqual(
    Responses[TableName].sort((a, b) => a.day - b.day),
    [posts[0], posts[24]],
  )
  assert.deepEqual(Items, [posts[1], posts[2]])
})

test('a query and a scan are paged and filtered', async () => {
  for (const day of [1, 2, 3]) {
    await dax.put({ TableName, Item: { blog: 'fish', day, title: 'x'.repeat(day) } })
  }
  const ofFish = { ':blog': 'fish' }

  const pages = []
  const query = {
    TableName,
    KeyConditionExpression: 'blog = :blog',
    ExpressionAttributeValues: ofFish,
    ProjectionExpression: '#day',
    ExpressionAttributeNames: { '#day': 'day' },
  }
  for await (const page of daxPaginateQuery({ client: dax, pageSize: 2 }, query)) {
    pages.push(page.Items)
  }
  const long = []
  const scan = {
    TableName,
    FilterExpression: 'blog = :blog AND size(title) >= :two',
    ExpressionAttributeValues: { ...ofFish, ':two': 2 },
  }
  for await (const page of daxPaginateScan({ client: dax, pageSize: 2 }, scan)) {
    long.push(...page.Items.map(({ day }) => day))
  }

  assert.deepEqual(pages, [[{ day: 1 }, { day: 2 }], [{ day: 3 }]])
  assert.deepEqual(long, [2, 3])
})
