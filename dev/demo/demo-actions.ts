/** The action of the concepts document: are root passwords hashed and salted? */
export const ROOT_PASSWORD_ACTION = {
  name: 'verify root password storage method',
  target: "agents.queueloc like 'linux.%'",
  threat: { family: 'compliance', level: 'low', ref: 'syslowauth3', type: 'system' },
  description: { author: 'Julien Vehent', email: 'ulfr@mozilla.com', revision: 201503121200 },
  operations: [
    {
      module: 'file',
      parameters: {
        searches: {
          root_passwd_hashed_or_disabled: {
            paths: ['/etc/shadow'],
            contents: ['root:(\\*|!|\\$(1|2a|5|6)\\$).+'],
          },
        },
      },
    },
  ],
  syntaxversion: 2,
};
