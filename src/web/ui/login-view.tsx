import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ending } from '../model/login.ts';
import { EmergencyCalls } from './emergency-calls.tsx';
import { formatMoment } from './format.ts';
import { FaultLine, Field, NewPassword, PasswordField } from './login-field.tsx';
import { useLogin, useSession } from './session-context.tsx';

/** In place of the console until its person has logged in; `ending` says why he has to. */
export function LoginView({ ending }: { ending: Ending }) {
  const session = useSession();
  const { step } = useLogin();
  useEffect(() => {
    // Renewed by another window of this browser: the session that its cookie shows goes on here.
    if (ending === 'changed') void session.login.isIn().then((isIn) => isIn && session.takeOver());
    void session.login.begin(() => session.takeOver());
  }, [session, ending]);
  return step === 'choose' ? <ChoosePassword /> : <Enter ending={ending} />;
}

function Enter({ ending }: { ending: Ending }) {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { step, way, waiting, sinceUtcMs, isSet } = useLogin();
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
  const then = () => session.takeOver();
  const enter = (takeOver: boolean): void => {
    if ((way === 'oidc' || way === 'card') && takeOver) void session.login.enterBack(way, takeOver, then);
    else if (way === 'passkey' && takeOver) void session.login.enterPasskey(takeOver, then);
    else void session.login.enter({ name, password, code, takeOver }, then);
  };
  return (
    <LoginForm title={t('login.title')} onSubmit={() => enter(step === 'elsewhere')}>
      {step === 'name' && ending !== 'log-in' && !isSet && <p role="status">{t(`login.why.${ending}`)}</p>}
      {isSet && <p role="status">{t('login.isSet')}</p>}
      {step === 'name' && (
        <>
          <Field label={t('login.name')} value={name} onChange={setName} autoComplete="username" isFirst />
          <PasswordField label={t('login.password')} value={password} onChange={setPassword} />
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
          <button type="button" className="small-button" onClick={() => void session.login.begin(then)}>
            {t('login.back')}
          </button>
        )}
      </div>
      {step === 'name' && <OtherWays />}
    </LoginForm>
  );
}

/** What leads in beside a password, where this gateway has it. */
function OtherWays() {
  const { t } = useTranslation();
  const session = useSession();
  const { ways, waiting } = useLogin();
  if (ways.oidc === '' && !ways.passkeys && !ways.card) return null;
  const then = () => session.takeOver();
  return (
    <div className="login-ways">
      {ways.oidc !== '' && (
        <button
          type="button"
          className="small-button"
          disabled={waiting}
          onClick={() => void session.login.leaveFor('oidc')}
        >
          {t('login.oidc', { name: ways.oidc })}
        </button>
      )}
      {ways.card && (
        <button
          type="button"
          className="small-button"
          disabled={waiting}
          onClick={() => void session.login.leaveFor('card')}
        >
          {t('login.card')}
        </button>
      )}
      {ways.passkeys && (
        <button
          type="button"
          className="small-button"
          disabled={waiting}
          onClick={() => void session.login.enterPasskey(false, then)}
        >
          {t('login.passkey')}
        </button>
      )}
    </div>
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
      <NewPassword next={password} onNext={setPassword} again={again} onAgain={setAgain} isFirst />
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
  useEffect(() => void session.login.begin(() => session.takeOver()), [session]);
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
          <PasswordField label={t('login.password')} value={password} onChange={setPassword} isFirst />
          <Fault isIn />
          <div className="login-buttons">
            <button type="submit" className="gate-button" disabled={waiting}>
              {t('login.unlock')}
            </button>
            <LogoutButton />
          </div>
          <OtherWays />
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

function Fault({ isIn = false }: { isIn?: boolean }) {
  const { fault, waitS } = useLogin();
  return <FaultLine fault={fault} waitS={waitS} isIn={isIn} />;
}
