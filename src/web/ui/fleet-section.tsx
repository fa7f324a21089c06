/** A section of the fleet data: its items as a table, and a form for one of them. What is put goes into the next version. */
import { type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readText, withChange } from '../app/fleet-text.ts';
import { faultKey, itemsOf, mayChangeSection } from '../model/fleet.ts';
import {
  cleanItem,
  emptyItem,
  faultsAt,
  type Item,
  idOf,
  isItem,
  itemsIn,
  placeOf,
  removedFrom,
  rowsOf,
  rowsOfPage,
  type SortedFaults,
} from '../model/fleet-draft.ts';
import { type FieldName, type FormSection, formFields, type Referred, tableFields } from '../model/fleet-forms.ts';
import { FaultText } from './fleet-faults.tsx';
import { type Choices, ChoicesContext, FleetFields } from './fleet-fields.tsx';
import { useFleet, useSession, useView } from './session-context.tsx';

interface SectionProps {
  readonly section: FormSection;
  /** Beside the form of an item: what else is done with it. */
  readonly beside?: (item: Item) => ReactNode;
  /** Items that are there without being in the text, to begin with. */
  readonly models?: readonly Item[];
}

/** The text for the next version, read; undefined: not yet, or it is none. */
export function useDraft(): { readonly data: Item | undefined; readonly isUnread: boolean } {
  const { text } = useFleet();
  const [read, setRead] = useState<{ readonly of: string; readonly data: Item | undefined }>();
  useEffect(() => {
    let isCurrent = true;
    void readText(text).then((data) => isCurrent && setRead({ of: text, data }));
    return () => {
      isCurrent = false;
    };
  }, [text]);
  return { data: read?.data, isUnread: read !== undefined && read.of === text && read.data === undefined };
}

export function FleetSection({ section, beside, models = [] }: SectionProps) {
  const { t, i18n } = useTranslation();
  const { operator } = useView();
  const { data: holding, waiting } = useFleet();
  const { data, isUnread } = useDraft();
  const choices = useChoices(data);
  const [wanted, setWanted] = useState('');
  const [shown, setShown] = useState(rowsOfPage);
  /** Its place in the section; -1: a new one. */
  const [open, setOpen] = useState<number>();
  const [begun, setBegun] = useState<Item>();
  const [done, setDone] = useState('');
  const table = useRef<HTMLElement>(null);
  const items = useMemo(() => itemsIn(data, section), [data, section]);
  const held = useMemo(() => itemsIn(holding, section), [holding, section]);
  const rows = useMemo(() => rowsOf(items, held, wanted), [items, held, wanted]);
  const removed = removedFrom(items, held);
  const missing = models.filter((model) => !items.some((item) => idOf(item) === idOf(model)));
  const mayChange = mayChangeSection(operator?.role, section);
  const close = (words: string) => {
    setOpen(undefined);
    setBegun(undefined);
    setDone(words);
    table.current?.focus();
  };
  const begin = (index: number, item?: Item) => {
    setOpen(index);
    setBegun(item);
    setDone('');
  };
  const opened = open === undefined ? undefined : (begun ?? (open < 0 ? emptyItem(formFields[section]) : items[open]));
  return (
    <ChoicesContext value={choices}>
      <div className="fleet-section" data-open={opened !== undefined}>
        <section className="fleet-table" ref={table} tabIndex={-1} aria-label={t(`fleet.part.${section}`)}>
          <div className="fleet-tools">
            <label>
              {t('fleet.search')}
              <input
                type="search"
                value={wanted}
                onChange={(event) => {
                  setWanted(event.target.value);
                  setShown(rowsOfPage);
                }}
              />
            </label>
            {mayChange && (
              <button type="button" disabled={waiting || data === undefined} onClick={() => begin(-1)}>
                {t('fleet.add')}
              </button>
            )}
            <p className="fleet-count">{t('fleet.count', { count: rows.length, all: items.length })}</p>
          </div>
          <p role="status" className="fleet-done">
            {done}
          </p>
          {isUnread && <p role="alert">{t('fleet.form.unread')}</p>}
          {rows.length > 0 && (
            <SectionTable section={section} rows={rows.slice(0, shown)} open={open} onOpen={(index) => begin(index)} />
          )}
          {rows.length > shown && (
            <button type="button" onClick={() => setShown(shown + rowsOfPage)}>
              {t('fleet.moreRows')}
            </button>
          )}
          {missing.length > 0 && (
            <section aria-label={t('fleet.models')}>
              <h3>{t('fleet.models')}</h3>
              <ul className="fleet-models">
                {missing.map((model) => (
                  <li key={idOf(model)}>
                    <button type="button" onClick={() => begin(-1, model)}>
                      {idOf(model)}
                    </button>{' '}
                    <q>{String(model[i18n.language] ?? model.en ?? '')}</q>
                  </li>
                ))}
              </ul>
            </section>
          )}
          {removed.length > 0 && (
            <p className="fleet-removed">{t('fleet.removed', { items: removed.slice(0, rowsOfPage).join(', ') })}</p>
          )}
        </section>
        {open !== undefined && opened !== undefined && (
          <ItemForm
            key={`${open} ${idOf(begun)}`}
            section={section}
            index={open < 0 ? items.length : open}
            isNew={open < 0}
            item={opened}
            mayChange={mayChange}
            onClose={close}
            beside={beside}
          />
        )}
      </div>
    </ChoicesContext>
  );
}

interface TableProps {
  readonly section: FormSection;
  readonly rows: ReturnType<typeof rowsOf>;
  readonly open: number | undefined;
  readonly onOpen: (index: number) => void;
}

function SectionTable({ section, rows, open, onOpen }: TableProps) {
  const { t } = useTranslation();
  const cell = useCellText(section);
  const columns = tableFields[section];
  const [first] = formFields[section];
  return (
    <div className="fleet-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{t(`fleet.fields.${first?.name ?? 'id'}`)}</th>
            {columns.map((name) => (
              <th key={name} scope="col">
                {t(`fleet.fields.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ item, index, as }) => (
            <tr key={`${index} ${idOf(item)}`} data-kind={as}>
              <th scope="row">
                <button type="button" aria-current={open === index} onClick={() => onOpen(index)}>
                  <bdi>{idOf(item)}</bdi>
                </button>{' '}
                {as !== 'same' && <small className="fleet-mark">{t(`fleet.kind.${as}`)}</small>}
              </th>
              {columns.map((name) => (
                <td key={name}>
                  <bdi>{cell(name, item[name])}</bdi>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface FormProps {
  readonly section: FormSection;
  readonly index: number;
  readonly isNew: boolean;
  readonly item: Item;
  readonly mayChange: boolean;
  readonly onClose: (words: string) => void;
  readonly beside: SectionProps['beside'];
}

const noFaults: SortedFaults = { own: [], others: [] };

function ItemForm({ section, index, isNew, item: before, mayChange, onClose, beside }: FormProps) {
  const { t } = useTranslation();
  const { fleet } = useSession();
  const { text, waiting } = useFleet();
  const [item, setItem] = useState(before);
  const [faults, setFaults] = useState(noFaults);
  const form = useRef<HTMLFormElement>(null);
  const fields = formFields[section];
  const title = isNew ? t('fleet.new') : idOf(before);
  useEffect(() => form.current?.querySelector<HTMLElement>('input, select')?.focus(), []);
  // To the first field that is wrong.
  useEffect(() => {
    if (faults.own.length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults]);
  const attempt = async (changed: Item | undefined, words: string) => {
    const at = isNew ? {} : { index };
    const wanted = await withChange(text, { place: placeOf(section), ...at, ...(changed && { item: changed }) });
    const found = wanted === undefined ? undefined : await fleet.attempt(wanted);
    if (found === undefined) return;
    const sorted = faultsAt(found.problems, section, index);
    // With an item taken out, the place is another's.
    const all = changed === undefined ? { own: [], others: found.problems.filter(isError) } : sorted;
    setFaults(all);
    if (all.own.length + all.others.length === 0) onClose(words);
  };
  return (
    <form
      ref={form}
      className="fleet-item"
      aria-label={title}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (mayChange) void attempt(cleanItem(fields, item), t('fleet.put', { item: idOf(item) }));
      }}
    >
      <h3>{title}</h3>
      {!mayChange && <p>{t('fleet.readOnly')}</p>}
      <fieldset className="fleet-fields" disabled={!mayChange}>
        <FleetFields fields={fields} item={item} faults={faults.own} onChange={setItem} />
      </fieldset>
      {faults.own.length + faults.others.length > 0 && (
        <div role="alert">
          <p>{t('fleet.notPut')}</p>
          {faults.others.length > 0 && (
            <ul className="fleet-problems">
              {faults.others.map((fault) => (
                <li key={faultKey(fault)} data-severity="error">
                  <code>{fault.path}</code> <FaultText fault={fault} />
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
      <div className="fleet-buttons">
        {mayChange && (
          <button type="submit" className="dialog-main" disabled={waiting}>
            {t('fleet.putItem')}
          </button>
        )}
        {mayChange && !isNew && (
          <button
            type="button"
            disabled={waiting}
            onClick={() => void attempt(undefined, t('fleet.taken', { item: idOf(before) }))}
          >
            {t('fleet.remove')}
          </button>
        )}
        <button type="button" onClick={() => onClose('')}>
          {t('fleet.close')}
        </button>
      </div>
      {beside?.(item)}
    </form>
  );
}

function isError({ severity }: { readonly severity: string }): boolean {
  return severity === 'error';
}

/** What fields may name: items of the text, and the networks. */
function useChoices(data: Item | undefined): Choices {
  const { i18n } = useTranslation();
  const { networks } = useView().model;
  const { language } = i18n;
  return useMemo(() => {
    const labelOf = (item: Item): string => {
      const { name } = item;
      const word = isItem(name) ? (name[language] ?? name.en) : (item.callSign ?? item.short ?? name);
      return typeof word === 'string' && word !== idOf(item) ? `${word} (${idOf(item)})` : idOf(item);
    };
    const countries = ['controlRooms', 'organisations'].flatMap((section) =>
      itemsOf(data, section).map(({ country }) => String(country ?? '')),
    );
    return {
      options: (of: Referred) =>
        of === 'networks'
          ? Object.entries(networks).map(([id, network]) => ({ id, label: `${network?.name ?? id} (${id})` }))
          : itemsOf(data, of).map((item) => ({ id: idOf(item), label: labelOf(item) })),
      countries: [...new Set([...Object.values(networks).map((network) => network?.country ?? ''), ...countries])]
        .filter((country) => country !== '')
        .sort(),
    };
  }, [data, networks, language]);
}

/** A field in a cell, in the reader's words. */
function useCellText(section: FormSection): (name: FieldName, value: unknown) => string {
  const { t, i18n } = useTranslation();
  const { options } = useContext(ChoicesContext);
  const called = new Map<Referred, ReadonlyMap<string, string>>();
  /** As people call it; the form has its identifier as well. */
  const nameOf = (of: Referred, id: string): string => {
    const names = called.get(of) ?? new Map(options(of).map((each) => [each.id, each.label] as const));
    called.set(of, names);
    const label = names.get(id) ?? id;
    return label.endsWith(` (${id})`) ? label.slice(0, -id.length - 3) : label;
  };
  const kinds = new Map(formFields[section].map(({ name, kind }) => [name, kind]));
  return (name, value) => {
    const kind = kinds.get(name);
    if (value === undefined) return '';
    if (kind?.as === 'group' && isItem(value)) return String(value[i18n.language] ?? value.en ?? '');
    const word = (each: unknown): string => {
      if (kind?.as === 'reference' || kind?.as === 'references') return nameOf(kind.of, String(each));
      const known =
        kind?.as === 'choice' || kind?.as === 'choices' ? kind.values.find((one) => one === each) : undefined;
      return known === undefined ? String(each) : t(`fleet.choice.${known}`);
    };
    if (!Array.isArray(value)) return word(value);
    if (kind?.as === 'rows') return value.map((row: Item) => row.number ?? row.level).join(', ');
    return value.map(word).join(', ');
  };
}
