import { generate } from "selfsigned"

/** A server's certificate and key, and the authority that signed it, all as PEM. */
export interface Certificate {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** Makes a certificate for a name, or for localhost and 127.0.0.1, that is its own authority. */
export const makeCertificate = async (name = "localhost"): Promise<Certificate> => {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keySize: 2048,
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [{ type: 2, value: name }, ...(name === "localhost" ? [{ type: 7, ip: "127.0.0.1" } as const] : [])],
      },
    ],
  })
  return { ca: cert, cert, key }
}
