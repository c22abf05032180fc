import test from 'ava'
import { compile, diff } from '../../../src/pci/config/index.ts'

const WITHOUT = `vpci 1
name instance-a
id 15b3:101e class 020000
bar 0 mem64 prefetch size 1M
cap 60 exp ver=2 flr=1
ecap 100 aer ver=2
`
const WITH = `${WITHOUT}ecap 148 pasid width=20\n`

const messages = (list: readonly { message: string }[]) => list.map(({ message }) => message)

test('a layout is what stays: values of writable bits do not count', t => {
  const other = WITHOUT.replace('size 1M', 'size 1M at 100000000').replace('flr=1', 'flr=1 devctl=0x10')
  t.true(diff(compile(WITHOUT), compile(other)).equal)
})

test('what is missing and what is too much have their names', t => {
  const { equal, secondForFirst, firstForSecond } = diff(compile(WITHOUT), compile(WITH))
  t.false(equal)
  t.deepEqual(messages(secondForFirst), [
    'aer leads to 148 where it should lead nowhere',
    'pasid is at 148 where there should be none',
  ])
  t.deepEqual(messages(firstForSecond), [
    'aer leads nowhere where it should lead to 148',
    'pasid is needed at 148 and is not there',
  ])
})

test('what moved is told with its place', t => {
  const moved = WITH.replace('ecap 148', 'ecap 150')
  t.true(
    messages(diff(compile(WITH), compile(moved)).secondForFirst).includes(
      'pasid is needed at 148 and stands at 150',
    ),
  )
})

test('sizes of BARs and values of fields differ by name', t => {
  const other = WITH.replace('1M', '2M').replace('width=20', 'width=16')
  t.deepEqual(messages(diff(compile(WITH), compile(other)).secondForFirst), [
    'BAR 0 is mem64 prefetch of 2M where mem64 prefetch of 1M is needed',
    'pasid width is 16 where 20 is needed',
  ])
})

test('more that can be changed is no harm, less is', t => {
  const { secondForFirst, firstForSecond } = diff(compile(WITHOUT), compile(`${WITHOUT}mask d0 0f\n`))
  t.deepEqual(secondForFirst, [])
  t.deepEqual(messages(firstForSecond), ['bytes d0 to d0 can not be changed in the same way'])
})

test('sizes of configuration space do not stand in for each other', t => {
  const small = 'vpci 1\nid 15b3:101e class 020000\nsize 256\n'
  const [why] = diff(compile(WITH), compile(small)).secondForFirst
  t.is(why?.message, 'configuration space has 256 bytes where 4096 are needed')
})
