import { useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { LoginFault } from '../model/login.ts';
import { StateShape } from './state-shape.tsx';

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

export function Field({ label, help, value, onChange, autoComplete, isSecret = false, isFirst = false }: FieldProps) {
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

interface PasswordFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isFirst?: boolean;
}

/** The password that he has. */
export function PasswordField(props: PasswordFieldProps) {
  return <Field {...props} autoComplete="current-password" isSecret />;
}

interface NewPasswordProps {
  readonly next: string;
  readonly onNext: (value: string) => void;
  readonly again: string;
  readonly onAgain: (value: string) => void;
  readonly isFirst?: boolean;
}

/** A password to be, twice. */
export function NewPassword({ next, onNext, again, onAgain, isFirst = false }: NewPasswordProps) {
  const { t } = useTranslation();
  const secret = { autoComplete: 'new-password', isSecret: true };
  return (
    <>
      <Field
        {...secret}
        label={t('login.newPassword')}
        help={t('login.rule')}
        value={next}
        onChange={onNext}
        isFirst={isFirst}
      />
      <Field {...secret} label={t('login.again')} value={again} onChange={onAgain} />
    </>
  );
}

interface FaultLineProps {
  readonly fault: LoginFault | undefined;
  readonly waitS: number;
  /** He has logged in: nothing but his password can be wrong. */
  readonly isIn?: boolean;
}

/** What was wrong: by word and shape. */
export function FaultLine({ fault, waitS, isIn = false }: FaultLineProps) {
  const { t } = useTranslation();
  return (
    <p role="alert" className="login-fault">
      {fault !== undefined && (
        <>
          <StateShape name="denied" />
          {isIn && fault === 'credentials' ? t('account.wrongPassword') : t(`login.fault.${fault}`, { seconds: waitS })}
        </>
      )}
    </p>
  );
}
