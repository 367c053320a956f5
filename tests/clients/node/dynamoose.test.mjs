// dynamoose: schemas, models, indexes, conditions and batches.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import dynamoose from 'dynamoose'

import { named, startHearth } from './hearth.mjs'

await startHearth()

const schema = new dynamoose.Schema(
  {
    owner: { type: String, hashKey: true },
    name: { type: String, rangeKey: true },
    kind: {
      type: String,
      index: { type: 'global', name: 'by_kind', rangeKey: 'age', project: true },
    },
    age: { type: Number, index: { type: 'local', name: 'by_age', project: true } },
    toys: { type: Array, schema: [String] },
    badges: { type: Set, schema: [String] },
    vet: { type: Object, schema: { town: String, visits: Number } },
    born: Date,
  },
  { timestamps: true },
)
const Pet = dynamoose.model('Pet', schema)
const table = new dynamoose.Table(named('pets'), [Pet], {
  throughput: 'ON_DEMAND',
  tags: { team: 'blue' },
  update: ['tags'],
  initialize: false,
})

// Makes the table, waits until it is active, and compares its tags.
before(() => table.initialize())

// Some pets of an owner of their own, so that tests do not meet.
async function pets(owner) {
  const { unprocessedItems } = await Pet.batchPut([
    { owner, name: 'Bello', kind: `${owner} dog`, age: 7 },
    { owner, name: 'Rex', kind: `${owner} dog`, age: 3 },
    { owner, name: 'Tom', kind: `${owner} cat`, age: 5 },
    { owner, name: 'Zoe', age: 1 },
  ])
  assert.deepEqual(unprocessedItems, [])
}

const names = (found) => found.map((pet) => pet.name)

test('a created model comes back', async () => {
  const made = {
    owner: 'ann',
    name: 'Tom',
    kind: 'cat',
    age: 5,
    toys: ['ball', 'mouse'],
    badges: new Set(['fast']),
    vet: { town: 'Köln', visits: 2 },
    born: new Date('2021-02-03T04:05:06Z'),
  }

  await Pet.create(made)

  const found = await Pet.get({ owner: 'ann', name: 'Tom' }, { consistent: true })
  const { createdAt, updatedAt, ...rest } = { ...found }
  assert.deepEqual(rest, made)
  assert.ok(createdAt <= updatedAt)
})

test('a model is made only once', async () => {
  await Pet.create({ owner: 'once', name: 'Tom' })

  await assert.rejects(Pet.create({ owner: 'once', name: 'Tom' }), {
    name: 'ConditionalCheckFailedException',
  })
})

test('an update sets, adds, appends and removes', async () => {
  const key = { owner: 'bob', name: 'Rex' }
  await Pet.create({ ...key, age: 3, kind: 'dog', toys: ['ball'], badges: new Set(['fast']) })

  const updated = await Pet.update(key, {
    $SET: { vet: { town: 'Bonn', visits: 1 } },
    $ADD: { age: 1, toys: ['stick'] },
    $REMOVE: ['kind'],
    $DELETE: { badges: ['fast'] },
  })

  const { createdAt, updatedAt, ...rest } = { ...updated }
  assert.deepEqual(rest, {
    ...key,
    age: 4,
    toys: ['ball', 'stick'],
    vet: { town: 'Bonn', visits: 1 },
  })
  assert.deepEqual((await Pet.get(key)).toJSON(), updated.toJSON())
})

test('a condition guards an update and a deletion', async () => {
  const key = { owner: 'cleo', name: 'Tom' }
  await Pet.create({ ...key, age: 5 })
  const isOld = new dynamoose.Condition('age').gt(9)
  const isYoung = new dynamoose.Condition('age').between(1, 9).and().filter('kind').not().exists()
  const failed = {
    name: 'ConditionalCheckFailedException',
    message: 'The conditional request failed',
  }

  await assert.rejects(Pet.update(key, { age: 6 }, { condition: isOld }), failed)
  await assert.rejects(Pet.delete(key, { condition: isOld }), failed)
  assert.equal((await Pet.get(key)).age, 5)
  await Pet.delete(key, { condition: isYoung })

  assert.equal(await Pet.get(key), undefined)
})

test('a query goes by key, range, order and filter', async () => {
  await pets('dora')
  const ofDora = () => Pet.query('owner').eq('dora')

  assert.deepEqual(names(await ofDora().exec()), ['Bello', 'Rex', 'Tom', 'Zoe'])
  assert.deepEqual(names(await ofDora().sort('descending').limit(2).exec()), ['Zoe', 'Tom'])
  assert.deepEqual(names(await ofDora().where('name').beginsWith('B').exec()), ['Bello'])
  assert.deepEqual(names(await ofDora().filter('kind').contains('cat').exec()), ['Tom'])
  assert.deepEqual(names(await ofDora().filter('kind').not().exists().exec()), ['Zoe'])
  assert.equal((await ofDora().count().exec()).count, 4)
})

test('a query uses the indexes', async () => {
  await pets('eve')

  const dogs = await Pet.query('kind').eq('eve dog').using('by_kind').exec()
  const young = await Pet.query('owner').eq('eve').where('age').lt(6).using('by_age').exec()

  assert.deepEqual(names(dogs), ['Rex', 'Bello'])
  assert.deepEqual(names(young), ['Zoe', 'Rex', 'Tom'])
})

test('pages go on from the last key', async () => {
  await pets('finn')

  const first = await Pet.query('owner').eq('finn').limit(3).exec()
  const rest = await Pet.query('owner').eq('finn').startAt(first.lastKey).exec()
  const all = await Pet.query('owner').eq('finn').limit(1).all().exec()

  assert.deepEqual(first.lastKey, { owner: 'finn', name: 'Tom' })
  assert.deepEqual(names(rest), ['Zoe'])
  assert.deepEqual(names(all), ['Bello', 'Rex', 'Tom', 'Zoe'])
})

test('a scan is filtered and split', async () => {
  await pets('gus')
  const ofGus = () => Pet.scan('owner').eq('gus')

  const old = await ofGus().filter('age').ge(5).exec()
  const split = await ofGus().parallel(2).exec()

  assert.deepEqual(names(old).sort(), ['Bello', 'Tom'])
  assert.deepEqual(names(split).sort(), ['Bello', 'Rex', 'Tom', 'Zoe'])
})

test('batches read and delete', async () => {
  await pets('hal')
  const keys = ['Rex', 'Tom', 'Kim'].map((name) => ({ owner: 'hal', name }))

  const found = await Pet.batchGet(keys)
  await Pet.batchDelete(keys)

  assert.deepEqual(names(found).sort(), ['Rex', 'Tom'])
  assert.deepEqual(names(await Pet.query('owner').eq('hal').exec()), ['Bello', 'Zoe'])
})
