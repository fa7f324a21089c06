/**
 * Passkeys of this browser (WebAuthn level 3, JSON forms). What the gateway sent goes to the browser as it is, and what that
 * gives goes back as it is; undefined: the person or the browser would not, or it knows no passkeys.
 */

export async function signWithPasskey(asked: unknown): Promise<object | undefined> {
  return await jsonOf(async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(optionsIn(asked) as never);
    return await navigator.credentials.get({ publicKey });
  });
}

export async function makePasskey(asked: unknown): Promise<object | undefined> {
  return await jsonOf(async () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(optionsIn(asked) as never);
    return await navigator.credentials.create({ publicKey });
  });
}

async function jsonOf(asking: () => Promise<Credential | null>): Promise<object | undefined> {
  try {
    const credential = await asking();
    return credential instanceof PublicKeyCredential ? (credential.toJSON() as object) : undefined;
  } catch {
    return undefined; // browsers say nothing of why, so that no site learns of it
  }
}

function optionsIn(asked: unknown): unknown {
  return typeof asked === 'object' && asked !== null && 'options' in asked ? asked.options : undefined;
}
