package city

// Attribute is one attribute of an entity with its provenance. The kind of its
// Value says whether it is a Property, a GeoProperty or a Relationship.
type Attribute struct {
	Name       AttributeName
	Value      Value
	Unit       Unit
	ObservedAt Instant // zero: the source did not state it
	ReceivedAt Instant // when the city accepted it, by the city's clock
	Source     SourceID
	Flags      Flags
	Sub        []Attribute // properties and relationships of this attribute
}

// Moment is the time that orders the instances of an attribute: ObservedAt, or
// ReceivedAt where the source did not state it.
func (a *Attribute) Moment() Instant {
	if a.ObservedAt != 0 {
		return a.ObservedAt
	}
	return a.ReceivedAt
}

// Entity is one thing of the city as the present knows it. Values handed out
// by the model are snapshots: nobody changes them afterwards.
type Entity struct {
	ID         EntityID
	Type       EntityType
	Attributes []Attribute
	CreatedAt  Instant // by the city's clock
	ModifiedAt Instant // by the city's clock
	Health     Health
}

// Attribute is the attribute with a name, or nil.
func (e *Entity) Attribute(name AttributeName) *Attribute {
	for i := range e.Attributes {
		if e.Attributes[i].Name == name {
			return &e.Attributes[i]
		}
	}
	return nil
}

// LocationName is the attribute that places an entity (NGSI-LD clause 4.7).
const LocationName AttributeName = "location"

// Place is where the entity is, or nil.
func (e *Entity) Place() *Place {
	if a := e.Attribute(LocationName); a != nil {
		return a.Value.Place
	}
	return nil
}

// Flags are the marks that quality rules put on a reading.
type Flags uint16

// The quality flags. FlagFaulty marks the state of the entity after a reading,
// not the reading itself; the others are marks of the reading.
const (
	FlagRange     Flags = 1 << iota // out of range (越界)
	FlagCapacity                    // over capacity (超容)
	FlagStuck                       // the same value for too long (卡滞)
	FlagEmpty                       // a value is missing (缺值)
	FlagAmbiguous                   // local time falls in the repeated hour
	FlagCorrected                   // re-submitted from quarantine
	FlagFaulty                      // the entity is marked faulty
)

var flagNames = [...]string{"range", "capacity", "stuck", "empty", "ambiguous-time", "corrected", "faulty"}

// Quality is f without the marks that do not come from a quality rule.
func (f Flags) Quality() Flags { return f &^ (FlagFaulty | FlagCorrected) }

// Names lists the names of the flags that are set.
func (f Flags) Names() []string {
	var names []string
	for i, n := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// Health is what the quality rules remember of one entity. It is a value:
// judging a reading returns a new one and never changes the old.
type Health struct {
	Faulty bool
	Sound  uint8   // sound readings in a row since the last fault
	Since  Instant // observation time at which the fault rule fired
	Fault  Flags   // the flags of the reading that made it faulty
	Runs   []Run   // one for each "stuck" rule of the entity's type, in the order of the rules
}

// Run is a row of readings of the same value.
type Run struct {
	Value float64
	Count int32
	From  Instant // observation time of the first
	Last  Instant // observation time of the last
}
