// @amazon-dax-sdk/client-dax, queries and scans: of a table and its indexes, whole and in pages.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { daxPaginateQuery, daxPaginateScan } from '@amazon-dax-sdk/client-dax'
import { DynamoDB } from '@aws-sdk/client-dynamodb'

import {
  buffers,
  cases,
  connect,
  newKey,
  newTable,
  newVisits,
  number,
  pages,
  plain,
} from './accelerator.mjs'
import { startHearth } from './hearth.mjs'

const { dax: address } = await startHearth()
const dax = connect(`dax://${address}`)
const client = new DynamoDB({})
const visits = await newVisits()

const VISITS = cases('visits')
const READS = [
  ...VISITS.queries.map((read) => ({ ...read, operation: 'query', order: (found) => found })),
  ...VISITS.scans.map((read) => ({ ...read, operation: 'scan', order: sorted })),
]
const OF_ANN = {
  TableName: visits,
  KeyConditionExpression: 'guest = :g',
  ExpressionAttributeValues: { ':g': { S: 'ann' } },
}

for (const { name, operation, request, order, ...expected } of READS) {
  test(`a ${operation} finds what it does over HTTP: ${name}`, async () => {
    for (const ReturnConsumedCapacity of ['NONE', 'TOTAL', 'INDEXES']) {
      const asked = { TableName: visits, ReturnConsumedCapacity, ...request }

      const answer = plain(await dax[operation](asked))

      assert.deepEqual(answer, plain(await client[operation](asked)))
      assert.deepEqual(answer, plain(await dax[operation](asked)))
      assert.deepEqual(order(found(answer)), order(toBeFound(expected)))
    }
  })

  test(`a ${operation} in pages: ${name}`, async () => {
    for (const Limit of [1, 2, 3]) {
      const asked = { TableName: visits, Limit, ...request }

      const throughDax = plain(await pages(dax, operation, asked))

      assert.deepEqual(throughDax, plain(await pages(client, operation, asked)))
      assert.deepEqual(order(found(joined(throughDax))), order(toBeFound(expected)))
    }
  })
}

test('a page begun by one client goes on with the other', async () => {
  for (const { request } of VISITS.queries) {
    const asked = { TableName: visits, ...request }
    const { Items = [], Count } = await client.query(asked)
    for (const [one, other] of [
      [dax, client],
      [client, dax],
    ]) {
      const page = await one.query({ ...asked, Limit: 1 })
      if (!page.LastEvaluatedKey) continue
      const ExclusiveStartKey = buffers(page.LastEvaluatedKey)
      const rest = await other.query({ ...asked, ExclusiveStartKey })
      assert.deepEqual(plain([...(page.Items ?? []), ...(rest.Items ?? [])]), plain(Items))
      assert.equal(page.Count + rest.Count, Count)
    }
  }
})

test('a start may be a key of no item', async () => {
  const ExclusiveStartKey = { guest: { S: 'ann' }, nr: { N: '1.50' } }

  const answer = await dax.query({ ...OF_ANN, ExclusiveStartKey })

  const rest = toBeFound({ found: ['ann 2', 'ann 10', 'ann 18446744073709551616'] })
  assert.deepEqual(found(plain(answer)), rest)
})

test('the paginators yield each item once', async () => {
  const ofAnn = []
  for await (const page of daxPaginateQuery({ client: dax, pageSize: 2 }, { ...OF_ANN })) {
    ofAnn.push(page.Items.length)
  }
  const all = new Set()
  for await (const page of daxPaginateScan({ client: dax, pageSize: 3 }, { TableName: visits })) {
    for (const { guest, nr } of page.Items) all.add(`${guest.S} ${nr.N}`)
  }

  assert.deepEqual(ofAnn.slice(0, 3), [2, 2, 1])
  assert.equal(all.size, VISITS.items.length)
})

test('segments split a scan', async () => {
  const TableName = await newTable()
  const names = Array.from({ length: 100 }, (_, n) => `${n}`)
  for (const id of names) await client.putItem({ TableName, Item: { id: { S: id } } })

  const segments = []
  for (const Segment of [0, 1, 2, 3]) {
    const scan = { TableName, Segment, TotalSegments: 4, Limit: 7 }
    const answers = plain(await pages(dax, 'scan', scan))
    assert.deepEqual(answers, plain(await pages(client, 'scan', scan)))
    segments.push(answers.flatMap(({ Items }) => Items.map(({ id }) => id.S)))
  }

  assert.deepEqual(segments.flat().sort(), names.sort())
  assert.ok(segments.every((segment) => segment.length > 0))
})

test('a page ends at a megabyte', async () => {
  const TableName = await newTable()
  const v = { B: Buffer.alloc(390_000) }
  for (let n = 0; n < 6; n++) await dax.putItem({ TableName, Item: { ...newKey(), v } })

  const throughDax = await pages(dax, 'scan', { TableName })

  assert.ok(throughDax.length > 1)
  assert.deepEqual(plain(throughDax), plain(await pages(client, 'scan', { TableName })))
})

// Which visits an answer holds, or how many if it does not tell.
function found({ Items, Count }) {
  if (!Items?.every(({ guest, nr }) => guest && nr)) return Count
  assert.equal(Count, Items.length)
  return Items.map(({ guest, nr }) => visit(guest.S, nr.N))
}

// The same for a case of the table.
function toBeFound({ found, count }) {
  return found ? found.map((name) => visit(...name.split(' '))) : count
}

function visit(guest, nr) {
  return `${guest} ${number(nr)}`
}

function sorted(found) {
  return Array.isArray(found) ? [...found].sort() : found
}

// Pages as one answer.
function joined(answers) {
  const Count = answers.reduce((sum, answer) => sum + answer.Count, 0)
  return answers[0].Items ? { Items: answers.flatMap(({ Items }) => Items), Count } : { Count }
}
