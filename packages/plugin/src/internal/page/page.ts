export const html = ""
export const policy = ""
