export { volumeOf } from './volume.ts'
