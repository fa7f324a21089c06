import { encodeQR } from 'qr';
import {
  createContext,
  type ReactNode,
  type SyntheticEvent,
  useContext,
  useEffect,
  useId,
  useState,
  useSyncExternalStore,
} from 'react';
import { useTranslation } from 'react-i18next';
import type { OwnAccount } from '../app/own-account.ts';
import { type AccountPart, type OwnPasskey, secretOf } from '../model/own-account.ts';
import { formatMoment } from './format.ts';
import { LanguageSwitch } from './language-switch.tsx';
import { FaultLine, Field, NewPassword, PasswordField } from './login-field.tsx';
import { Wordmark } from './wordmark.tsx';

const AccountContext = createContext<OwnAccount | undefined>(undefined);

function useAccount() {
  const own = useContext(AccountContext);
  if (own === undefined) throw new Error('no account around this component');
  return { own, ...useSyncExternalStore(own.store.watch, own.store.get) };
}

/** One's own account: how one is in, password, authenticator, passkeys. */
export function AccountPage({ own }: { own: OwnAccount }) {
  return (
    <AccountContext value={own}>
      <Account />
    </AccountContext>
  );
}

function Account() {
  const { t } = useTranslation();
  const { phase, account } = useAccount();
  useEffect(() => {
    document.title = t('account.title');
  }, [t]);
  return (
    <main className="account">
      <header className="account-head">
        <Wordmark />
        <h1>{t('account.title')}</h1>
        <LanguageSwitch />
      </header>
      {account === undefined ? (
        <p role="status">
          {phase === 'asking'
            ? t('gate.connecting')
            : phase === 'out'
              ? t('account.out')
              : t('login.fault.unreachable')}{' '}
          <a href="./">{t('account.toConsole')}</a>
        </p>
      ) : (
        <>
          <Enrolment />
          <SessionPart />
          {account.card !== '' && (
            <Part title={t('account.card')}>
              <p>{t('account.cardHelp', { card: account.card })}</p>
            </Part>
          )}
          {account.hasPassword ? (
            <>
              {!account.mustEnrol && <PasswordPart />}
              <FactorPart />
              <PasskeyPart />
            </>
          ) : (
            account.card === '' && <p>{t('account.elsewhere')}</p>
          )}
        </>
      )}
    </main>
  );
}

/** Of whoever was led here because this gateway insists on a second factor. */
function Enrolment() {
  const { t } = useTranslation();
  const { account, isLed } = useAccount();
  if (!isLed || account === undefined) return null;
  return (
    <p role="status" className="account-led">
      {account.mustEnrol ? (
        t('account.mustEnrol')
      ) : (
        <>
          {t('account.enrolled')} <a href="./">{t('account.toConsole')}</a>
        </>
      )}
    </p>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="account-part" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

function useMoment(): (utcMs: number) => string {
  const { i18n } = useTranslation();
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return (utcMs) => formatMoment(utcMs, Date.now(), i18n.language, timeZone);
}

function SessionPart() {
  const { t } = useTranslation();
  const { own, account } = useAccount();
  const moment = useMoment();
  if (account === undefined) return null;
  const { display, person, openedUtcMs, endsUtcMs, address } = account;
  const way = ways.find((each) => each === account.way) ?? 'password';
  return (
    <Part title={t('account.session')}>
      <p>
        <bdi>{display}</bdi> (<bdi>{person}</bdi>)
      </p>
      <p>{t('account.since', { time: moment(openedUtcMs), way: t(`account.way.${way}`), address })}</p>
      <p className="gate-detail">{t('account.one', { time: moment(endsUtcMs) })}</p>
      <div className="login-buttons">
        <button type="button" className="small-button" onClick={() => void own.logout()}>
          {t('login.logout')}
        </button>
      </div>
    </Part>
  );
}

const ways = ['password', 'oidc', 'passkey', 'card'] as const;

function PasswordPart() {
  const { t } = useTranslation();
  const { own, part, fault, waiting } = useAccount();
  const [password, setPassword] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const change = async (): Promise<void> => {
    if (!(await own.changePassword(password, next, again))) return;
    setPassword('');
    setNext('');
    setAgain('');
  };
  return (
    <Part title={t('account.password')}>
      <ChangeForm part="password" onSubmit={change}>
        <PasswordField label={t('account.oldPassword')} value={password} onChange={setPassword} />
        <NewPassword next={next} onNext={setNext} again={again} onAgain={setAgain} />
        <button type="submit" className="small-button" disabled={waiting}>
          {t('account.change')}
        </button>
        {part === 'password' && fault === undefined && !waiting && <p role="status">{t('account.changed')}</p>}
      </ChangeForm>
    </Part>
  );
}

function FactorPart() {
  const { t } = useTranslation();
  const { own, account, otpauth, recoveryCodes, waiting } = useAccount();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = async (): Promise<void> => {
    if (await own.beginFactor(password)) setPassword('');
  };
  const confirm = async (): Promise<void> => {
    await own.confirmFactor(code);
    setCode('');
  };
  const state = account?.hasSecondFactor
    ? t('account.factorOn', { count: account.recoveryCodesLeft })
    : t('account.factorOff');
  return (
    <Part title={t('account.factor')}>
      <p>{state}</p>
      {recoveryCodes.length > 0 && (
        <div className="recovery" role="status">
          <p>{t('account.codes')}</p>
          <ul>
            {recoveryCodes.map((each) => (
              <li key={each}>
                <code>{each}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      {otpauth === '' ? (
        <ChangeForm part="factor" onSubmit={begin}>
          <PasswordField label={t('login.password')} value={password} onChange={setPassword} />
          <button type="submit" className="small-button" disabled={waiting}>
            {t(account?.hasSecondFactor ? 'account.factorAnew' : 'account.factorBegin')}
          </button>
        </ChangeForm>
      ) : (
        <ChangeForm part="factor" onSubmit={confirm}>
          <p>{t('account.scan')}</p>
          <CodePicture text={otpauth} label={t('account.picture')} />
          <p>
            {t('account.type')} <code>{secretOf(otpauth)}</code>
          </p>
          <Field label={t('login.code')} value={code} onChange={setCode} autoComplete="one-time-code" isFirst />
          <button type="submit" className="small-button" disabled={waiting}>
            {t('account.factorConfirm')}
          </button>
        </ChangeForm>
      )}
    </Part>
  );
}

/** Drawn here: the secret goes nowhere else. */
function CodePicture({ text, label }: { text: string; label: string }) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
  const path = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return (
    <svg className="code-picture" role="img" aria-label={label} viewBox={`0 0 ${rows.length} ${rows.length}`}>
      <path d={path} />
    </svg>
  );
}

function PasskeyPart() {
  const { t } = useTranslation();
  const { own, account, waiting } = useAccount();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const add = async (): Promise<void> => {
    if (!(await own.addPasskey(name, password))) return;
    setName('');
    setPassword('');
  };
  const remove = async (id: string): Promise<void> => {
    if (await own.removePasskey(id, password)) setPassword('');
  };
  return (
    <Part title={t('account.passkeys')}>
      <p>{t(account?.passkeys.length === 0 ? 'account.noPasskeys' : 'account.passkeysHelp')}</p>
      <ul className="passkeys">
        {account?.passkeys.map((key) => (
          <PasskeyRow key={key.id} passkey={key} onRemove={() => void remove(key.id)} mayRemove={password !== ''} />
        ))}
      </ul>
      <ChangeForm part="passkeys" onSubmit={add}>
        <PasswordField label={t('login.password')} value={password} onChange={setPassword} />
        <Field
          label={t('account.passkeyName')}
          help={t('account.passkeyNameHelp')}
          value={name}
          onChange={setName}
          autoComplete="off"
        />
        <button type="submit" className="small-button" disabled={waiting}>
          {t('account.addPasskey')}
        </button>
      </ChangeForm>
    </Part>
  );
}

interface PasskeyRowProps {
  readonly passkey: OwnPasskey;
  readonly onRemove: () => void;
  /** The password below is given. */
  readonly mayRemove: boolean;
}

function PasskeyRow({ passkey: { name, host, madeUtcMs, usedUtcMs }, onRemove, mayRemove }: PasskeyRowProps) {
  const { t } = useTranslation();
  const moment = useMoment();
  const used = usedUtcMs === undefined ? t('account.unused') : t('account.used', { time: moment(usedUtcMs) });
  return (
    <li>
      <span>
        <bdi>{name}</bdi>{' '}
        <span className="gate-detail">
          {host}, {t('account.made', { time: moment(madeUtcMs) })}, {used}
        </span>
      </span>
      <button type="button" className="small-button" disabled={!mayRemove} onClick={onRemove}>
        {t('account.remove', { name })}
      </button>
    </li>
  );
}

function ChangeForm(props: { part: AccountPart; onSubmit: () => Promise<void>; children: ReactNode }) {
  const { part, fault, waitS } = useAccount();
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void props.onSubmit();
  };
  const isHere = part === props.part;
  return (
    <form className="login" onSubmit={submit}>
      {props.children}
      <FaultLine fault={isHere ? fault : undefined} waitS={waitS} isIn />
    </form>
  );
}
