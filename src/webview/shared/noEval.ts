import { z } from "zod";

/** A page whose policy forbids `eval` must not be seen trying it: imported before any schema is made. */
z.config({ jitless: true });
