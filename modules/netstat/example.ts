/** For the module's page and help. */
export const EXAMPLE = {
  question: 'Which machines have SSH open, or talk to a suspicious network?',
  args: ['-lp', '22', '-ci', '198.51.100.0/24'],
  result: {
    foundanything: true,
    success: true,
    elements: {
      connectedip: {
        '198.51.100.0/24': [
          {
            localaddr: '10.0.0.5',
            localport: 44_312,
            remoteaddr: '198.51.100.7',
            remoteport: 443,
            namespace: 'default',
          },
        ],
      },
      listeningport: {
        '22': [{ localaddr: '0.0.0.0', localport: 22, namespace: 'default' }],
      },
    },
    statistics: { examined: 92, exectime: '1.214ms', totalhits: 0 },
    errors: null,
  },
};
