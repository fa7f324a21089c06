/** The fields of a form of the fleet data (model/fleet-forms.ts), each with what the gateway finds wrong with it. */
import { createContext, useContext, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { faultKey } from '../model/fleet.ts';
import { faultsOf, type Item, type ItemFault, isItem } from '../model/fleet-draft.ts';
import type { FieldChoice, FormField, FormKind, Referred } from '../model/fleet-forms.ts';
import { FaultText } from './fleet-faults.tsx';

export interface Option {
  readonly id: string;
  readonly label: string;
}

export interface Choices {
  options(of: Referred): readonly Option[];
  readonly countries: readonly string[];
}

export const ChoicesContext = createContext<Choices>({ options: () => [], countries: [] });

interface FieldsProps {
  readonly fields: readonly FormField[];
  readonly item: Item;
  readonly faults: readonly ItemFault[];
  readonly onChange: (item: Item) => void;
}

export function FleetFields({ fields, item, faults, onChange }: FieldsProps) {
  const known = new Set<string>(fields.map(({ name }) => name));
  // What is wrong with the whole, or with what has no field here.
  const rest = faults.filter(({ path }) => !known.has(/^[^.[]*/.exec(path)?.[0] ?? ''));
  return (
    <>
      <Faults faults={rest} />
      {fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          value={item[field.name]}
          faults={faultsOf(faults, field.name)}
          onChange={(value) => onChange({ ...item, [field.name]: value })}
        />
      ))}
    </>
  );
}

function Faults({ faults, id }: { faults: readonly ItemFault[]; id?: string }) {
  if (faults.length === 0) return null;
  return (
    <ul className="fleet-problems" id={id}>
      {faults.map(({ path, fault }) => (
        <li key={`${path} ${faultKey(fault)}`} data-severity="error">
          <FaultText fault={fault} />
        </li>
      ))}
    </ul>
  );
}

interface FieldProps {
  readonly field: FormField;
  readonly value: unknown;
  readonly faults: readonly ItemFault[];
  readonly onChange: (value: unknown) => void;
}

function Field(props: FieldProps) {
  const { as } = props.field.kind;
  if (as === 'group' || as === 'rows' || as === 'record' || as === 'choices' || as === 'references') {
    return <Several {...props} />;
  }
  return <Single {...props} />;
}

/** A field of one input. */
function Single({ field: { name, kind, optional }, value, faults, onChange }: FieldProps) {
  const { t } = useTranslation();
  const id = useId();
  const described = {
    'aria-invalid': faults.length > 0,
    'aria-describedby': faults.length > 0 ? `${id}-faults` : undefined,
  };
  const label = (
    <span>
      {t(`fleet.fields.${name}`)}
      {optional === true && kind.as !== 'check' && <small> {t('fleet.optional')}</small>}
    </span>
  );
  return (
    <div className="fleet-field" data-field={name}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: one of those below is within */}
      <label className={kind.as === 'check' ? 'fleet-check' : undefined}>
        {kind.as !== 'check' && label}
        {kind.as === 'text' && (
          <input
            type="text"
            value={typeof value === 'string' || typeof value === 'number' ? value : ''}
            maxLength={kind.max}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => onChange(event.target.value)}
            {...described}
          />
        )}
        {kind.as === 'number' && (
          <input
            type="number"
            value={typeof value === 'number' ? value : ''}
            min={kind.min}
            max={kind.max}
            step={kind.step ?? 1}
            onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
            {...described}
          />
        )}
        {kind.as === 'check' && (
          <input
            type="checkbox"
            checked={value === true}
            onChange={(event) => onChange(event.target.checked)}
            {...described}
          />
        )}
        {(kind.as === 'choice' || kind.as === 'reference') && (
          <Select kind={kind} value={value} onChange={onChange} isOptional={optional === true} described={described} />
        )}
        {kind.as === 'check' && label}
      </label>
      <Faults faults={faults} id={`${id}-faults`} />
    </div>
  );
}

interface SelectProps {
  readonly kind: FormKind & { readonly as: 'choice' | 'choices' | 'reference' | 'references' };
  readonly value: unknown;
  readonly onChange: (value: string) => void;
  readonly isOptional: boolean;
  readonly described: object;
}

function Select({ kind, value, onChange, isOptional, described }: SelectProps) {
  const options = useOptions(kind);
  const chosen = typeof value === 'string' ? value : '';
  const isKnown = chosen === '' || options.some(({ id }) => id === chosen);
  return (
    <select value={chosen} onChange={(event) => onChange(event.target.value)} {...described}>
      {(isOptional || chosen === '') && <option value="">–</option>}
      {!isKnown && <option value={chosen}>{chosen}</option>}
      {options.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </select>
  );
}

function useOptions(kind: FormKind): readonly Option[] {
  const { t } = useTranslation();
  const { options } = useContext(ChoicesContext);
  if (kind.as === 'reference' || kind.as === 'references') return options(kind.of);
  if (kind.as !== 'choice' && kind.as !== 'choices') return [];
  return kind.values.map((id: FieldChoice) => ({ id, label: t(`fleet.choice.${id}`) }));
}

/** A field of several inputs. */
function Several({ field, value, faults, onChange }: FieldProps) {
  const { t } = useTranslation();
  const { name, kind, optional } = field;
  const isWithin = kind.as === 'group' || kind.as === 'rows';
  return (
    <fieldset className="fleet-field" data-field={name}>
      <legend>
        {t(`fleet.fields.${name}`)}
        {optional === true && <small> {t('fleet.optional')}</small>}
      </legend>
      <Faults faults={isWithin ? faults.filter(({ path }) => path === '') : faults} />
      {kind.as === 'group' && (
        <FleetFields
          fields={kind.fields}
          item={isItem(value) ? value : {}}
          faults={faults.filter(({ path }) => path !== '')}
          onChange={onChange}
        />
      )}
      {kind.as === 'rows' && (
        <Rows
          fields={kind.fields}
          rows={listOf(value).filter(isItem)}
          faults={faults.filter(({ path }) => path !== '')}
          onChange={onChange}
        />
      )}
      {kind.as === 'record' && <Record value={isItem(value) ? value : {}} onChange={onChange} />}
      {kind.as === 'choices' && <Checks kind={kind} chosen={listOf(value).map(String)} onChange={onChange} />}
      {kind.as === 'references' && <References kind={kind} chosen={listOf(value).map(String)} onChange={onChange} />}
    </fieldset>
  );
}

interface RowsProps {
  readonly fields: readonly FormField[];
  readonly rows: readonly Item[];
  readonly faults: readonly ItemFault[];
  readonly onChange: (rows: readonly Item[]) => void;
}

function Rows({ fields, rows, faults, onChange }: RowsProps) {
  const { t } = useTranslation();
  return (
    <>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name that stays while they are written
        <fieldset className="fleet-row" key={index}>
          <legend>{t('fleet.row', { number: index + 1 })}</legend>
          <FleetFields
            fields={fields}
            item={row}
            faults={faultsOf(faults, `[${index}]`)}
            onChange={(changed) => onChange(rows.with(index, changed))}
          />
          <button type="button" className="fleet-own" onClick={() => onChange(rows.toSpliced(index, 1))}>
            {t('fleet.removeRow', { number: index + 1 })}
          </button>
        </fieldset>
      ))}
      <button type="button" className="fleet-own" onClick={() => onChange([...rows, {}])}>
        {t('fleet.addRow')}
      </button>
    </>
  );
}

/** Words beside each country that the fleet data knows. */
function Record({ value, onChange }: { value: Item; onChange: (value: Item) => void }) {
  const { countries } = useContext(ChoicesContext);
  const all = [...new Set([...Object.keys(value), ...countries])];
  return all.map((country) => (
    <label key={country}>
      {country}
      <input
        type="text"
        maxLength={200}
        value={String(value[country] ?? '')}
        onChange={(event) => {
          const { [country]: _, ...others } = value;
          onChange(event.target.value === '' ? others : { ...value, [country]: event.target.value });
        }}
      />
    </label>
  ));
}

interface ListProps {
  readonly kind: SelectProps['kind'];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

function Checks({ kind, chosen, onChange }: ListProps) {
  return useOptions(kind).map(({ id, label }) => (
    <label key={id} className="fleet-check">
      <input
        type="checkbox"
        checked={chosen.includes(id)}
        onChange={(event) => onChange(event.target.checked ? [...chosen, id] : chosen.filter((each) => each !== id))}
      />
      {label}
    </label>
  ));
}

/** In an order that may mean something: the first group of a plan leads. */
function References({ kind, chosen, onChange }: ListProps) {
  const { t } = useTranslation();
  const options = useOptions(kind);
  const labels = new Map(options.map(({ id, label }) => [id, label]));
  const others = options.filter(({ id }) => !chosen.includes(id));
  return (
    <>
      {chosen.length > 0 && (
        <ol className="fleet-chosen">
          {chosen.map((id) => (
            <li key={id}>
              <bdi>{labels.get(id) ?? id}</bdi>
              <button
                type="button"
                aria-label={t('fleet.takeOut', { name: labels.get(id) ?? id })}
                onClick={() => onChange(chosen.filter((each) => each !== id))}
              >
                <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ol>
      )}
      <label>
        {t('fleet.addOne')}
        <select value="" onChange={(event) => event.target.value !== '' && onChange([...chosen, event.target.value])}>
          <option value="">–</option>
          {others.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
