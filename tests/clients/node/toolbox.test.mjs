// dynamodb-toolbox: entities of two kinds in one table, conditions, updates and batches.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { Entity } from 'dynamodb-toolbox/entity'
import { BatchDeleteRequest } from 'dynamodb-toolbox/entity/actions/batchDelete'
import { BatchGetRequest } from 'dynamodb-toolbox/entity/actions/batchGet'
import { BatchPutRequest } from 'dynamodb-toolbox/entity/actions/batchPut'
import { DeleteItemCommand } from 'dynamodb-toolbox/entity/actions/delete'
import { GetItemCommand } from 'dynamodb-toolbox/entity/actions/get'
import { PutItemCommand } from 'dynamodb-toolbox/entity/actions/put'
import {
  $add,
  $append,
  $delete,
  $remove,
  UpdateItemCommand,
} from 'dynamodb-toolbox/entity/actions/update'
import { item } from 'dynamodb-toolbox/schema/item'
import { list } from 'dynamodb-toolbox/schema/list'
import { map } from 'dynamodb-toolbox/schema/map'
import { number } from 'dynamodb-toolbox/schema/number'
import { set } from 'dynamodb-toolbox/schema/set'
import { string } from 'dynamodb-toolbox/schema/string'
import { Table } from 'dynamodb-toolbox/table'
import {
  BatchGetCommand,
  execute as executeBatchGet,
} from 'dynamodb-toolbox/table/actions/batchGet'
import {
  BatchWriteCommand,
  execute as executeBatchWrite,
} from 'dynamodb-toolbox/table/actions/batchWrite'
import { QueryCommand } from 'dynamodb-toolbox/table/actions/query'
import { ScanCommand } from 'dynamodb-toolbox/table/actions/scan'

import { named, startHearth } from './hearth.mjs'

await startHearth()
const client = new DynamoDBClient({})

const shop = new Table({
  documentClient: DynamoDBDocumentClient.from(client),
  name: named('shop'),
  partitionKey: { name: 'pk', type: 'string' },
  sortKey: { name: 'sk', type: 'string' },
  indexes: {
    by_city: {
      type: 'global',
      partitionKey: { name: 'city', type: 'string' },
      sortKey: { name: 'sk', type: 'string' },
    },
  },
})

const Customer = new Entity({
  name: 'customer',
  table: shop,
  schema: item({
    id: string().key().savedAs('pk'),
    row: string().key().default('customer').savedAs('sk'),
    city: string().optional(),
    visits: number().default(0),
    badges: set(string()).optional(),
    notes: list(string()).optional(),
    home: map({ street: string(), zip: string().optional() }).optional(),
  }),
})

const Order = new Entity({
  name: 'order',
  table: shop,
  schema: item({
    id: string().key().savedAs('pk'),
    order: string().key().savedAs('sk'),
    price: number(),
  }),
})

before(async () => {
  await client.send(
    new CreateTableCommand({
      TableName: named('shop'),
      AttributeDefinitions: ['pk', 'sk', 'city'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by_city',
          KeySchema: [
            { AttributeName: 'city', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: named('shop') })
})

const put = (customer, options = {}) =>
  Customer.build(PutItemCommand).item(customer).options(options).send()
const get = (id) => Customer.build(GetItemCommand).key({ id }).options({ consistent: true }).send()

// A customer with three orders.
async function customerWithOrders(id) {
  const orders = ['2026-01', '2026-02', '2027-01'].map((day, index) => ({
    id,
    order: `order ${day}`,
    price: 10 * (index + 1),
  }))
  await executeBatchWrite(
    shop
      .build(BatchWriteCommand)
      .requests(
        Customer.build(BatchPutRequest).item({ id, city: `city of ${id}` }),
        ...orders.map((order) => Order.build(BatchPutRequest).item(order)),
      ),
  )
}

const plain = ({ created, modified, entity, ...rest }) => rest
const orderNames = (items) => items.map((found) => found.order ?? found.row)

test('an entity comes back with its defaults', async () => {
  const began = new Date().toISOString()
  await put({ id: 'ann', city: 'Bonn', badges: new Set(['new']), home: { street: 'Am Hof' } })

  const { Item } = await get('ann')

  assert.deepEqual(plain(Item), {
    id: 'ann',
    row: 'customer',
    city: 'Bonn',
    visits: 0,
    badges: new Set(['new']),
    home: { street: 'Am Hof' },
  })
  // Each of the two is a look at the clock of its own.
  const times = [began, Item.created, Item.modified, new Date().toISOString()]
  assert.deepEqual(times, times.map((time) => new Date(time).toISOString()).sort())
})

test('an absent entity is undefined', async () => {
  assert.equal((await get('nobody')).Item, undefined)
})

test('a condition lets the first put through', async () => {
  const absent = { condition: { attr: 'id', exists: false } }
  await put({ id: 'bob' }, absent)

  await assert.rejects(put({ id: 'bob', city: 'Ulm' }, absent), {
    name: 'ConditionalCheckFailedException',
    message: 'The conditional request failed',
  })
  assert.equal((await get('bob')).Item.city, undefined)
})

test('an update adds, appends, removes and reaches inside', async () => {
  await put({
    id: 'cleo',
    city: 'Bonn',
    badges: new Set(['a', 'b']),
    notes: ['x'],
    home: { street: 'Ring' },
  })

  const { Attributes } = await Customer.build(UpdateItemCommand)
    .item({
      id: 'cleo',
      visits: $add(2),
      badges: $delete(new Set(['a'])),
      notes: $append(['y']),
      home: { zip: '53111' },
      city: $remove(),
    })
    .options({
      condition: {
        and: [
          { attr: 'visits', lt: 1 },
          { attr: 'home.street', beginsWith: 'R' },
        ],
      },
      returnValues: 'ALL_NEW',
    })
    .send()

  assert.deepEqual(plain(Attributes), {
    id: 'cleo',
    row: 'customer',
    visits: 2,
    badges: new Set(['b']),
    notes: ['x', 'y'],
    home: { street: 'Ring', zip: '53111' },
  })
})

test('a deletion returns what was there', async () => {
  await put({ id: 'dora', city: 'Ulm' })

  const { Attributes } = await Customer.build(DeleteItemCommand)
    .key({ id: 'dora' })
    .options({ returnValues: 'ALL_OLD', condition: { attr: 'city', in: ['Ulm', 'Jena'] } })
    .send()

  assert.equal(Attributes.city, 'Ulm')
  assert.equal((await get('dora')).Item, undefined)
})

test('a query finds entities of both kinds', async () => {
  await customerWithOrders('eve')
  const ofEve = (range) => shop.build(QueryCommand).query({ partition: 'eve', ...range })

  const all = await ofEve().entities(Customer, Order).send()
  const of2026 = await ofEve({ range: { beginsWith: 'order 2026' } })
    .entities(Order)
    .send()
  const dear = await ofEve()
    .entities(Order)
    .options({ filters: { order: { attr: 'price', gte: 20 } }, reverse: true })
    .send()

  const orders = ['order 2026-01', 'order 2026-02', 'order 2027-01']
  assert.deepEqual(orderNames(all.Items), ['customer', ...orders])
  assert.deepEqual(orderNames(of2026.Items), orders.slice(0, 2))
  assert.deepEqual(orderNames(dear.Items), [orders[2], orders[1]])
})

test('a query is paged', async () => {
  await customerWithOrders('finn')
  const page = (options) =>
    shop
      .build(QueryCommand)
      .query({ partition: 'finn' })
      .entities(Customer, Order)
      .options(options)
      .send()

  const first = await page({ limit: 3 })
  const rest = await page({ exclusiveStartKey: first.LastEvaluatedKey })
  const all = await page({ limit: 1, maxPages: Infinity })

  assert.deepEqual(first.LastEvaluatedKey, { pk: 'finn', sk: 'order 2026-02' })
  assert.deepEqual(orderNames(rest.Items), ['order 2027-01'])
  assert.equal(all.Count, 4)
})

test('an index is queried', async () => {
  await customerWithOrders('gus')

  const { Items } = await shop
    .build(QueryCommand)
    .query({ index: 'by_city', partition: 'city of gus' })
    .entities(Customer)
    .send()

  assert.deepEqual(
    Items.map((found) => found.id),
    ['gus'],
  )
})

test('a scan is filtered by entity', async () => {
  await customerWithOrders('hal')

  const { Items } = await shop
    .build(ScanCommand)
    .entities(Order)
    .options({ filters: { order: { attr: 'id', eq: 'hal' } } })
    .send()

  assert.deepEqual(Items.map((found) => found.price).sort(), [10, 20, 30])
})

test('batches delete and read', async () => {
  await customerWithOrders('ida')
  const order = { id: 'ida', order: 'order 2026-01' }

  await executeBatchWrite(
    shop.build(BatchWriteCommand).requests(Order.build(BatchDeleteRequest).key(order)),
  )
  const { Responses } = await executeBatchGet(
    shop
      .build(BatchGetCommand)
      .requests(
        Customer.build(BatchGetRequest).key({ id: 'ida' }),
        Order.build(BatchGetRequest).key(order),
        Order.build(BatchGetRequest).key({ ...order, order: 'order 2026-02' }),
      ),
  )

  const [[customer, deleted, kept]] = Responses
  assert.equal(customer.city, 'city of ida')
  assert.equal(deleted, undefined)
  assert.equal(kept.price, 20)
})
