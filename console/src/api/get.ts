import { read } from './read'
import type { paths } from './schema'

type Answer<P extends keyof paths> = paths[P] extends { get: { responses: { 200: { content: { 'application/json': infer Body } } } } } ? Body : never

/** Reads what the OpenAPI document promises at a path without parameters. Throws as read does. */
export const get = <P extends keyof paths>(path: P, init?: RequestInit): Promise<Answer<P>> => read(path, init)
