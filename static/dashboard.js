// The first page of the admin: its times in the reader's zone.

import { keepTimes } from "./modules/times.js";

keepTimes();
