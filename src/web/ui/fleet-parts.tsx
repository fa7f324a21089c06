/**
 * The index of the view of fleet data: its parts, in the order of their buttons, and who sees them. Whoever adds one adds a
 * line here and its words under `fleet.part`.
 */
import type { ComponentType } from 'react';
import { mayChangeFleet, seesFleet } from '../model/fleet.ts';
import { type FormSection, formSections } from '../model/fleet-forms.ts';
import type { FleetPartName, FleetPartProps } from '../model/fleet-parts.ts';
import { seesRetention } from '../model/retention.ts';
import { FleetAnnouncements } from './fleet-announcements.tsx';
import { FleetEdit } from './fleet-edit.tsx';
import { FleetMapping } from './fleet-mapping.tsx';
import { FleetPeople } from './fleet-people.tsx';
import { FleetRetention } from './fleet-retention.tsx';
import { FleetSection } from './fleet-section.tsx';
import { FleetShadows } from './fleet-shadows.tsx';
import { FleetUnits } from './fleet-units.tsx';
import { FleetVersions } from './fleet-versions.tsx';

export interface FleetPart {
  readonly name: FleetPartName;
  readonly isSeen: (role: string | undefined) => boolean;
  readonly View: ComponentType<FleetPartProps>;
}

/** A section with no more to it than its table and form. */
function Section({ name }: FleetPartProps) {
  const section = formSections.find((each) => each === name);
  return section === undefined ? null : <FleetSection key={section} section={section} />;
}

const own: Partial<Record<FormSection, ComponentType<FleetPartProps>>> = {
  units: FleetUnits,
  people: FleetPeople,
  announcements: FleetAnnouncements,
};

export const fleetParts: readonly FleetPart[] = [
  { name: 'versions', isSeen: seesFleet, View: FleetVersions },
  { name: 'mapping', isSeen: seesFleet, View: FleetMapping },
  { name: 'shadows', isSeen: seesFleet, View: FleetShadows },
  { name: 'retention', isSeen: seesRetention, View: FleetRetention },
  ...formSections.map((name) => ({ name, isSeen: mayChangeFleet, View: own[name] ?? Section })),
  { name: 'edit', isSeen: mayChangeFleet, View: FleetEdit },
];
