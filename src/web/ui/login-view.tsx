import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ending } from '../model/login.ts';
import { EmergencyCalls } from './emergency-calls.tsx';
import { formatMoment } from './format.ts';
import { useLogin, useSession } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';

/** In place of the console until its person has logged in; `ending` says why he has to. */
export function LoginView({ ending }: { ending: Ending }) {
  const session = useSession();
  const { step } = useLogin();
  useEffect(() => session.login.begin(), [session]);
  return step === 'choose' ? <ChoosePassword /> : <Enter ending={ending} />;
}

function Enter({ ending }: { ending: Ending }) {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { step, waiting, sinceUtcMs, isSet } = useLogin();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  // The gateway has not said yet where it is.
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const submit = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (step === 'elsewhere') submit.current?.focus();
  }, [step]);
  const since = formatMoment(sinceUtcMs, Date.now(), i18n.language, timeZone);
  const enter = (takeOver: boolean) =>
    void session.login.enter({ name, password, code, takeOver }, () => session.takeOver());
  return (
    <LoginForm title={t('login.title')} onSubmit={() => enter(step === 'elsewhere')}>
      {step === 'name' && ending !== 'log-in' && !isSet && <p role="status">{t(`login.why.${ending}`)}</p>}
      {isSet && <p role="status">{t('login.isSet')}</p>}
      {step === 'name' && (
        <>
          <Field label={t('login.name')} value={name} onChange={setName} autoComplete="username" isFirst />
          <Field
            label={t('login.password')}
            value={password}
            onChange={setPassword}
            autoComplete="current-password"
            isSecret
          />
        </>
      )}
      {step === 'code' && (
        <Field
          label={t('login.code')}
          help={t('login.codeHelp')}
          value={code}
          onChange={setCode}
          autoComplete="one-time-code"
          isFirst
        />
      )}
      {step === 'elsewhere' && <p role="alert">{t('login.elsewhere', { time: since })}</p>}
      <Fault />
      <div className="login-buttons">
        <button ref={submit} type="submit" className="gate-button" disabled={waiting}>
          {t(step === 'elsewhere' ? 'login.takeOver' : 'login.enter')}
        </button>
        {step !== 'name' && step !== 'in' && (
          <button type="button" className="small-button" onClick={() => session.login.begin()}>
            {t('login.back')}
          </button>
        )}
      </div>
    </LoginForm>
  );
}

function ChoosePassword() {
  const { t } = useTranslation();
  const session = useSession();
  const { waiting } = useLogin();
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  return (
    <LoginForm title={t('login.choose')} onSubmit={() => void session.login.choose(password, again)}>
      <Field
        label={t('login.newPassword')}
        help={t('login.rule')}
        value={password}
        onChange={setPassword}
        autoComplete="new-password"
        isSecret
        isFirst
      />
      <Field label={t('login.again')} value={again} onChange={setAgain} autoComplete="new-password" isSecret />
      <Fault />
      <button type="submit" className="gate-button" disabled={waiting}>
        {t('login.set')}
      </button>
    </LoginForm>
  );
}

/** Before a console whose session is locked: it goes on showing and sounding behind. */
export function LockView() {
  const { t } = useTranslation();
  const session = useSession();
  const { waiting } = useLogin();
  const [password, setPassword] = useState('');
  return (
    <main className="gate lock">
      <div className="gate-card">
        <EmergencyCalls />
        <LoginForm
          title={t('login.locked')}
          onSubmit={() => {
            void session.login.unlock(password);
            setPassword('');
          }}
        >
          <p>{t('login.lockedHelp')}</p>
          <Field
            label={t('login.password')}
            value={password}
            onChange={setPassword}
            autoComplete="current-password"
            isSecret
            isFirst
          />
          <Fault />
          <div className="login-buttons">
            <button type="submit" className="gate-button" disabled={waiting}>
              {t('login.unlock')}
            </button>
            <LogoutButton />
          </div>
        </LoginForm>
      </div>
    </main>
  );
}

export function LogoutButton() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <button type="button" className="small-button" onClick={() => void session.login.logout()}>
      {t('login.logout')}
    </button>
  );
}

function LoginForm({ title, onSubmit, children }: { title: string; onSubmit: () => void; children: ReactNode }) {
  const id = useId();
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className="login" aria-labelledby={id} onSubmit={submit}>
      <h1 id={id}>{title}</h1>
      {children}
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly help?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly autoComplete: string;
  readonly isSecret?: boolean;
  /** Where typing begins. */
  readonly isFirst?: boolean;
}

function Field({ label, help, value, onChange, autoComplete, isSecret = false, isFirst = false }: FieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isFirst) input.current?.focus();
  }, [isFirst]);
  return (
    <p className="dialog-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        ref={input}
        type={isSecret ? 'password' : 'text'}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellCheck={false}
        required
        {...(help !== undefined && { 'aria-describedby': `${id}-help` })}
      />
      {help !== undefined && (
        <span id={`${id}-help`} className="gate-detail">
          {help}
        </span>
      )}
    </p>
  );
}

/** What was wrong: by word and shape. */
function Fault() {
  const { t } = useTranslation();
  const { fault, waitS } = useLogin();
  return (
    <p role="alert" className="login-fault">
      {fault !== undefined && (
        <>
          <StateShape name="denied" />
          {t(`login.fault.${fault}`, { seconds: waitS })}
        </>
      )}
    </p>
  );
}
