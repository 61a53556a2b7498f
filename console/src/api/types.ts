import type { Geometry } from 'geojson'
import type { components } from './schema'

type Schemas = components['schemas']

// The names under which pages know what the interfaces answer. schema.ts is
// generated from the OpenAPI document (npm run types).

export type AttributeBody = Schemas['Attribute']
export type AgencyBody = Schemas['Agency']
export type CityBody = Schemas['City']
export type ClockBody = Schemas['Clock']
export type Evidence = Schemas['Evidence']
export type FeedBody = Schemas['Feed']
export type FigureBody = Schemas['Figure']
export type LayerBody = Schemas['Layer']
export type PostBody = Schemas['Post']
export type QuarantinedBody = Schemas['Quarantined']
export type RuleBody = Schemas['Rule']
export type SessionBody = Schemas['Session']
/** The document leaves the place open, as any GeoJSON geometry. */
export type SituationBody = Omit<Schemas['Situation'], 'place'> & { place?: Geometry }

export type SilenceBody = Schemas['Silence']
export type Suppression = NonNullable<SituationBody['suppressed']>[number]

export type TypeBody = Schemas['Type']
export type Severity = SituationBody['severity']
export type Duty = PostBody['duty']
export type Tone = FigureBody['tone']

/** An entity as normalized NGSI-LD (ETSI GS CIM 009), which the OpenAPI document does not cover. */
export interface EntityBody {
  id: string
  type: string
  [attribute: string]: unknown
}

export interface Attribute {
  type: 'Property' | 'GeoProperty' | 'Relationship'
  value?: unknown
  object?: string
  unitCode?: string
  observedAt?: string
  source?: { value: string }
  quality?: { value: string[] }
}
